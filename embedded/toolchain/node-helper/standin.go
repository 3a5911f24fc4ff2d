package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// What the stand-in says of itself, in its log and in every answer.
func banner() string {
	host, _ := os.Hostname()
	return "STAND-IN " + os.Getenv("STAND_IN_FOR") + " on " + host
}

// runServe listens on the ports that the workload declares ("8080/TCP", "53/UDP"), answers HTTP and TLS with 200 and
// says what it is. It ends when it is told to.
func runServe(args []string) error {
	fmt.Println(banner(), "listens on", strings.Join(args, " "))
	certificate, err := selfSigned()
	if err != nil {
		return err
	}
	for _, each := range args {
		port, protocol, _ := strings.Cut(each, "/")
		if protocol == "UDP" {
			err = serveUDP(port)
		} else {
			err = serveTCP(port, certificate)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", banner(), err)
		}
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	<-signals
	return nil
}

func serveUDP(port string) error {
	socket, err := net.ListenPacket("udp", ":"+port)
	if err != nil {
		return err
	}
	go func() {
		buffer := make([]byte, 2048)
		for {
			_, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = socket.WriteTo([]byte(banner()), from)
		}
	}()
	return nil
}

func serveTCP(port string, certificate tls.Certificate) error {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	plain := &handOver{addr: listener.Addr(), next: make(chan net.Conn)}
	// A comment: whoever asks for metrics finds a target that has none.
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "# "+banner()) })
	go func() { _ = (&http.Server{Handler: handler, ReadTimeout: 30 * time.Second}).Serve(plain) }()
	settings := &tls.Config{Certificates: []tls.Certificate{certificate}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go plain.take(conn, settings)
		}
	}()
	return nil
}

// handOver gives connections whose first byte was looked at to the HTTP server.
type handOver struct {
	addr net.Addr
	next chan net.Conn
}

func (h *handOver) Accept() (net.Conn, error) { return <-h.next, nil }
func (h *handOver) Close() error              { return nil }
func (h *handOver) Addr() net.Addr            { return h.addr }

func (h *handOver) take(conn net.Conn, settings *tls.Config) {
	peeked := &peekedConn{Conn: conn, reader: bufio.NewReader(conn)}
	first, err := peeked.reader.Peek(1)
	if err != nil {
		_ = conn.Close()
		return
	}
	if first[0] == 0x16 { // a TLS handshake record, RFC 8446 §5.1
		h.next <- tls.Server(peeked, settings)
		return
	}
	h.next <- peeked
}

type peekedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (p *peekedConn) Read(into []byte) (int, error) { return p.reader.Read(into) }

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * 365 * time.Hour)}
	made, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}, err
}

// runComplete is what a Job or an init container does.
func runComplete(args []string) error {
	fmt.Println(banner(), "completes at once, in place of:", strings.Join(args, " "))
	return nil
}

// runExec is what a command inside a stand-in does: probes and hooks name programs of upstream's images.
func runExec(args []string) error {
	fmt.Println(banner(), "has no", strings.Join(args, " "))
	return nil
}
