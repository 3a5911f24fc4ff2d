package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"math/big"
	"os"
	"time"
)

// standInValue says in a Secret what it is.
const standInValue = "STAND-IN"

type issuer struct {
	*volumes
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
	// By uid: what has its Secret.
	done map[string]bool
}

// runSecrets makes the Secrets that cert-manager and External Secrets would: their own pods stand in, and pods of others
// wait for what they make. Certificates come from an authority of this process, all other values say that they stand in.
func runSecrets(args []string) error {
	flags := flag.NewFlagSet("secrets", flag.ContinueOnError)
	config := flags.String("settings", "", "who to ask, as JSON")
	if err := flags.Parse(args); err != nil {
		return err
	}
	client, server, err := clientOf(*config)
	if err != nil {
		return err
	}
	made := &issuer{volumes: &volumes{client: client, server: server}, done: map[string]bool{}}
	if made.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "STAND-IN authority"}, NotAfter: time.Now().Add(24 * 365 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &made.key.PublicKey, made.key)
	if err != nil {
		return err
	}
	if made.authority, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	for ; ; time.Sleep(2 * time.Second) {
		for path, secretOf := range map[string]func(object) (map[string]any, error){
			"/apis/cert-manager.io/v1/certificates":        made.certificate,
			"/apis/external-secrets.io/v1/externalsecrets": externalSecret,
		} {
			if err := made.each(path, secretOf); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}
}

func (i *issuer) each(path string, secretOf func(object) (map[string]any, error)) error {
	var found struct{ Items []object }
	// Before its operator is installed a kind is not there.
	if err := i.request("GET", path, nil, &found); err != nil {
		return err
	}
	for _, each := range found.Items {
		if i.done[each.Metadata.UID] {
			continue
		}
		secret, err := secretOf(each)
		if err != nil {
			return err
		}
		if secret != nil {
			if err := i.request("POST", "/api/v1/namespaces/"+each.Metadata.Namespace+"/secrets", secret, nil); err != nil {
				return err
			}
			fmt.Println("STAND-IN made a Secret for", path, each.Metadata.Namespace, each.Metadata.Name)
		}
		i.done[each.Metadata.UID] = true
	}
	return nil
}

func (i *issuer) certificate(wanted object) (map[string]any, error) {
	name, _ := wanted.Spec["secretName"].(string)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, err
	}
	common, _ := wanted.Spec["commonName"].(string)
	isCA, _ := wanted.Spec["isCA"].(bool)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: common}, DNSNames: texts(wanted.Spec["dnsNames"]),
		NotAfter: i.authority.NotAfter, IsCA: isCA, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, i.authority, &key.PublicKey, i.key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return secretObject(name, "kubernetes.io/tls", map[string]string{
		"ca.crt":  encoded("CERTIFICATE", i.authority.Raw),
		"tls.crt": encoded("CERTIFICATE", der),
		"tls.key": encoded("PRIVATE KEY", private),
	}), nil
}

func externalSecret(wanted object) (map[string]any, error) {
	target, _ := wanted.Spec["target"].(map[string]any)
	// What is merged into is made by somebody else.
	if target["creationPolicy"] == "Merge" {
		return nil, nil
	}
	name, _ := target["name"].(string)
	if name == "" {
		name = wanted.Metadata.Name
	}
	values := map[string]string{}
	entries, _ := wanted.Spec["data"].([]any)
	for _, each := range entries {
		entry, _ := each.(map[string]any)
		if key, isText := entry["secretKey"].(string); isText {
			values[key] = standInValue
		}
	}
	template, _ := target["template"].(map[string]any)
	if data, templated := template["data"].(map[string]any); templated {
		values = map[string]string{}
		for key := range data {
			values[key] = standInValue
		}
	}
	kind, _ := template["type"].(string)
	return secretObject(name, kind, values), nil
}

func secretObject(name, kind string, values map[string]string) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": kind, "stringData": values,
		"metadata": map[string]any{"name": name, "annotations": map[string]string{"mijnbureau-platform/stand-in": "true"}},
	}
}

func encoded(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func texts(value any) []string {
	var found []string
	list, _ := value.([]any)
	for _, each := range list {
		found = append(found, fmt.Sprint(each))
	}
	return found
}
