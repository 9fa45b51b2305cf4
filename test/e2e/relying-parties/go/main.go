// Verifies ID tokens with coreos/go-oidc: a question as JSON on standard input, one answer for each token on standard output.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
)

// question is what test/e2e/relying-parties.test.ts asks.
type question struct {
	Issuer    string            `json:"issuer"`
	Audience  string            `json:"audience"`
	Algorithm string            `json:"algorithm"`
	CA        string            `json:"ca"`
	Tokens    map[string]string `json:"tokens"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(asked.CA)) {
		return errors.New("the authority is no PEM")
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots}}
	ctx := oidc.ClientContext(context.Background(), &http.Client{Transport: transport})
	provider, err := oidc.NewProvider(ctx, asked.Issuer)
	if err != nil {
		return err
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: asked.Audience, SupportedSigningAlgs: []string{asked.Algorithm}})
	answers := map[string]string{}
	for name, token := range asked.Tokens {
		answers[name] = "accepted"
		if _, err := verifier.Verify(ctx, token); err != nil {
			answers[name] = err.Error()
		}
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}
