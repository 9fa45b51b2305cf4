/** Who can reach what, as one HTML page that needs nothing else: no network, no other file. */

import { createHash } from 'node:crypto';
import {
  type AccessMap,
  type MapAdmission,
  type MapAwsRole,
  type MapClaim,
  type MapEntry,
  type MapGroup,
  type MapStatement,
  type MapVaultRole,
} from '../catalog/map.ts';
import { type PathRule } from '../trust/vault/path.ts';
import { durationText } from './duration.ts';
import { Html, html } from './html.ts';
import { MAP_SCRIPT } from './map-script.ts';
import { MAP_STYLE } from './map-style.ts';

/** @param source what the map is of, such as the catalog's name */
export function mapPage({ entries, groups }: AccessMap, source: string): string {
  const policy = `default-src 'none'; style-src '${hashOf(MAP_STYLE)}'; script-src '${hashOf(MAP_SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  const cards = [...entries.map(entryCard), ...groups.map(groupCard)];
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>Who can reach what: ${source}</title>
        ${STYLE}
      </head>
      <body>
        <a class="skip" href="#entries">Skip to the entries</a>
        <header>
          <h1>Who can reach what</h1>
          <p>
            ${source}: ${counted(entries.length, 'entry', 'entries')},
            ${counted(issuersOf(entries).length, 'issuer', 'issuers')}
          </p>
        </header>
        <main id="entries">
          ${filters(entries, groups)}
          <p class="count" id="count" role="status"></p>
          ${cards}
          <p class="none" id="none" hidden>Nothing fits. Escape clears the search.</p>
        </main>
        <footer>
          <p>
            Made by idp map. An arrow leads from the tokens that are let in, through the role that they take, to what it
            may do.
          </p>
        </footer>
        ${SCRIPT}
      </body>
    </html> `;
  return page.markup;
}

// As a whole: their hashes are of every character between the tags.
const STYLE = new Html(`<style>${MAP_STYLE}</style>`);
const SCRIPT = new Html(`<script>${MAP_SCRIPT}</script>`);

/** CSP Level 3, section 2.3.1: of exactly what stands between the tags. */
const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

const counted = (count: number, one: string, several: string): string => `${count} ${count === 1 ? one : several}`;

const issuersOf = (entries: readonly MapEntry[]): string[] =>
  [...new Set(entries.flatMap(({ admits }) => admits.map(({ issuer }) => issuer)))].sort();

function filters(entries: readonly MapEntry[], groups: readonly MapGroup[]): Html {
  const claims = entries.flatMap(({ admits }) => admits.flatMap((one) => one.claims.map(({ claim }) => claim)));
  const issuers = [...new Set([...issuersOf(entries), ...groups.map(({ issuer }) => issuer)])].sort();
  const option = (value: string) => html`<option value="${value}">${value}</option>`;
  return html`<div id="filters" class="filters" role="search" aria-label="Entries" hidden>
    <div>
      <label for="search">Search</label
      ><input id="search" type="search" autocomplete="off" spellcheck="false" aria-keyshortcuts="/" />
    </div>
    <div>
      <label for="claim">Claim</label
      ><select id="claim">
        <option value="">any</option>
        ${[...new Set(claims)].sort().map(option)}
      </select>
    </div>
    <div>
      <label for="value">Its value</label><input id="value" type="text" autocomplete="off" spellcheck="false" />
    </div>
    <div>
      <label for="issuer">Issuer</label
      ><select id="issuer">
        <option value="">all</option>
        ${issuers.map(option)}
      </select>
    </div>
    <div>
      <label for="target">Reaches</label
      ><select id="target">
        <option value="">all</option>
        <option value="aws">AWS</option>
        <option value="vault">Vault</option>
      </select>
    </div>
  </div>`;
}

function entryCard({ name, environments, admits, aws, vault }: MapEntry, index: number): Html {
  const issuers = [...new Set(admits.map(({ issuer }) => issuer))].join(' ');
  const targets = [...(aws === undefined ? [] : ['aws']), ...(vault === undefined ? [] : ['vault'])].join(' ');
  const wide = admits.some(({ wholeOrganization }) => wholeOrganization);
  const either = html`<p class="or">or</p>`;
  return html`<article data-issuers="${issuers}" data-targets="${targets}" aria-labelledby="entry-${index}">
    <div class="title">
      <h2 id="entry-${index}">${name}</h2>
      ${wide ? html`<span class="tag wide">whole organization</span>` : ''}${environments.map(tag)}
    </div>
    <div class="path">
      <section class="who">
        ${admits.flatMap((one, at) => (at === 0 ? [admission(one)] : [either, admission(one)]))}
      </section>
      ${aws === undefined ? '' : awsSteps(aws)}${vault === undefined ? '' : vaultSteps(vault)}
    </div>
  </article>`;
}

const tag = (text: string): Html => html`<span class="tag">${text}</span>`;

function admission({ issuer, iss, variants, claims, exampleSubject }: MapAdmission): Html {
  return html`<h3>Tokens of ${issuer}</h3>
    <p class="name">${iss}</p>
    <p class="quiet">of the kind ${variants.join(' or ')}</p>
    <dl>${claims.map(claimRow)}</dl>
    ${exampleSubject === null ? '' : html`<p class="quiet">such as <code>${exampleSubject}</code></p>`}`;
}

function claimRow({ claim, equals, like }: MapClaim): Html {
  const values = [
    ...equals.map((value) => html`<code data-value="${value}" data-kind="equals">${value}</code>`),
    ...like.map((value) => html`<code data-value="${value}" data-kind="like">${value}</code>`),
  ];
  return html`<div data-claim="${claim}">
    <dt>${claim}</dt>
    <dd>${between(values, ' or ')}</dd>
  </div>`;
}

const between = (parts: readonly Html[], separator: string): readonly (Html | string)[] =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));

const codes = (texts: readonly string[]): readonly (Html | string)[] =>
  between(
    texts.map((text) => html`<code>${text}</code>`),
    ', ',
  );

function awsSteps({ role, managed, inline, boundary, session, audiences }: MapAwsRole): Html {
  return html`<div class="target">
    <section class="step">
      <h3 class="aws">AWS role</h3>
      <p class="name">${role}</p>
      <p class="quiet">sessions up to ${durationText(session)}</p>
      <p class="quiet">audience ${codes(audiences)}</p>
    </section>
    <section class="step">
      <h3>May do</h3>
      <ul>
        ${managed.map((policy) => html`<li>policy <code>${policy}</code></li>`)}${inline.flatMap(({ statements }) => statements.map(statementRow))}
      </ul>
      ${boundary === null ? '' : html`<p class="quiet">never more than <code>${boundary}</code></p>`}
    </section>
  </div> `;
}

const statementRow = ({ effect, actions, resources, conditional }: MapStatement): Html =>
  html`<li>
    ${effect === 'Deny' ? 'denied: ' : ''}${codes(actions)} on
    ${codes(resources)}${conditional ? ', under a condition' : ''}
  </li>`;

function vaultSteps({ mount, role, policies, paths, ttl, life, audiences }: MapVaultRole): Html {
  const end = life.kind === 'seconds' ? `, ${durationText(life.seconds)} at most` : ', without an end of its own';
  const usual = life.kind === 'seconds' && life.seconds === ttl;
  return html`<div class="target">
    <section class="step">
      <h3 class="vault">Vault role</h3>
      <p class="name">${role}</p>
      <p class="quiet">at <code>auth/${mount}</code></p>
      <p class="quiet">tokens live ${durationText(ttl)}${usual ? '' : end}</p>
      ${audiences.length === 0 ? '' : html`<p class="quiet">audience ${codes(audiences)}</p>`}
    </section>
    <section class="step">
      <h3>May do</h3>
      <ul>
        ${policies.map((policy) => html`<li>policy <code>${policy}</code></li>`)}${paths.map(pathRow)}
      </ul>
    </section>
  </div> `;
}

const pathRow = ({ path, capabilities }: PathRule): Html =>
  html`<li>${capabilities.join(', ')} <code>${path}</code></li>`;

function groupCard({ name, issuer, mount, memberOf, environments, policies, paths }: MapGroup, index: number): Html {
  return html`<article data-issuers="${issuer}" data-targets="vault" aria-labelledby="group-${index}">
    <div class="title">
      <h2 id="group-${index}">${name}</h2>
      ${['group', ...environments].map(tag)}
    </div>
    <div class="path">
      <section class="who">
        <h3>Tokens of ${issuer}</h3>
        <p class="quiet">that a role at <code>auth/${mount}</code> lets in, and that list</p>
        <dl>
          <div data-claim="groups">
            <dt>group</dt>
            <dd><code data-value="${memberOf}" data-kind="equals">${memberOf}</code></dd>
          </div>
        </dl>
      </section>
      <div class="target">
        <section class="step">
          <h3 class="vault">Vault group</h3>
          <p class="name">${name}</p>
        </section>
        <section class="step">
          <h3>May do besides</h3>
          <ul>
            ${policies.map((policy) => html`<li>policy <code>${policy}</code></li>`)}${paths.map(pathRow)}
          </ul>
        </section>
      </div>
    </div>
  </article>`;
}
