package main

import (
	"flag"
	"io"
	"net"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// runRelay listens in one network namespace and connects in another: how a program outside reaches the API server that
// has a namespace of its own.
func runRelay(args []string) error {
	flags := flag.NewFlagSet("relay", flag.ContinueOnError)
	listen := flags.String("listen", "", "address to listen on")
	listenIn := flags.String("listen-in", "", "network namespace to listen in; this process's own by default")
	dial := flags.String("dial", "", "address to connect to")
	dialIn := flags.String("dial-in", "", "network namespace to connect in")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var listener net.Listener
	err := inNetwork(*listenIn, func() (err error) {
		listener, err = net.Listen("tcp", *listen)
		return err
	})
	if err != nil {
		return err
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			var server net.Conn
			err := inNetwork(*dialIn, func() (err error) {
				server, err = net.DialTimeout("tcp", *dial, 5*time.Second)
				return err
			})
			if err != nil {
				_ = client.Close()
				return
			}
			join(client, server)
		}()
	}
}

// inNetwork runs work on a thread that has entered the namespace. A socket belongs to where it was made.
func inNetwork(path string, work func() error) error {
	if path == "" {
		return work()
	}
	runtime.LockOSThread()
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer own.Close()
	other, err := os.Open(path)
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer other.Close()
	if err := unix.Setns(int(other.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	result := work()
	if err := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); err != nil {
		// The thread stays locked, so it ends with its goroutine and nothing else ever runs in the wrong place.
		return err
	}
	runtime.UnlockOSThread()
	return result
}

func join(a, b net.Conn) {
	one := func(to, from net.Conn, done chan<- struct{}) {
		_, _ = io.Copy(to, from)
		if half, ok := to.(*net.TCPConn); ok {
			_ = half.CloseWrite()
		}
		done <- struct{}{}
	}
	done := make(chan struct{}, 2)
	go one(a, b, done)
	go one(b, a, done)
	<-done
	<-done
	_ = a.Close()
	_ = b.Close()
}
