package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

func (f *files) pair() []tls.Certificate {
	if f.certificate == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(f.certificate, f.key)
	check(err)
	return []tls.Certificate{pair}
}

func (f *files) pool() *x509.CertPool {
	text, err := os.ReadFile(f.authority)
	check(err)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		check(fmt.Errorf("no certificate in %s", f.authority))
	}
	return pool
}

// Wants a certificate of clients where it knows who has to have signed it.
func (f *files) server() *tls.Config {
	config := &tls.Config{Certificates: f.pair()}
	if f.authority != "" {
		config.ClientCAs = f.pool()
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config
}

func (f *files) client() *tls.Config {
	return &tls.Config{Certificates: f.pair(), RootCAs: f.pool()}
}
