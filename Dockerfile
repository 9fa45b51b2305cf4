# The issuer as an image: what `npm run build` makes, the production packages, and nothing else on top of a Node.
# BUILD needs Node, npm and a shell. BASE needs Node on PATH alone: without a shell there is less to attack.
ARG BUILD=node:24.21.0-bookworm-slim
ARG BASE=node:24.21.0-bookworm-slim

FROM ${BUILD} AS compiled
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY tools/slim.mjs tools/
COPY components components
COPY src src
RUN npm run build && node tools/slim.mjs dist

FROM ${BUILD} AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --omit=dev --ignore-scripts
COPY tools/sbom.mjs tools/slim.mjs tools/
ARG SOURCE_DATE_EPOCH=0
RUN node tools/sbom.mjs sbom.cdx.json && node tools/slim.mjs node_modules && \
    node -e "fs.mkdirSync('empty')"

FROM ${BASE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="idp-kit" \
      org.opencontainers.image.description="OIDC issuer for workloads" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=packages /build/node_modules /opt/idp/node_modules
COPY --from=packages /build/sbom.cdx.json /opt/idp/
COPY package.json LICENSE /opt/idp/
COPY bin /opt/idp/bin
COPY --from=compiled /build/dist/src /opt/idp/dist/src
WORKDIR /srv/idp
# The one place to write to, where a volume goes: a new volume takes over its owner. What is above it stays root's.
COPY --from=packages /build/empty /srv/idp
COPY --from=packages --chown=65532:65532 /build/empty /srv/idp/data
ENV NODE_ENV=production \
    PATH=/usr/local/bin:/nodejs/bin:/usr/bin:/bin \
    IDP_ISSUER_CONFIG=/srv/idp/issuer.yaml
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
# Liveness, not readiness: a restart does not bring a store back, and would take the keys that are still served.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["node", "/opt/idp/bin/idp.js", "issuer", "health"]
ENTRYPOINT ["node", "/opt/idp/bin/idp.js"]
CMD ["issuer", "serve"]
