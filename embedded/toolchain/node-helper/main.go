// The small programs of a real node beside the embedded control plane, in one executable: process 1 of its namespaces,
// a relay between network namespaces, a read-only registry, what runs in place of images that cannot be had, and what
// tries connections from inside a pod. docs/embedded.md describes how they fit together.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

var version = "unstamped"

type command func(args []string) error

// commands by the word that follows the executable's name.
var commands = map[string]command{
	"init":     runInit,
	"pause":    runPause,
	"relay":    runRelay,
	"registry": runRegistry,
	"volumes":  runVolumes,
	"secrets":  runSecrets,
	"serve":    runServe,
	"complete": runComplete,
	"exec":     runExec,
	"probe":    runProbe,
	"attempt":  runAttempt,
	"status":   runStatus,
	"write":    runWrite,
	"read":     runRead,
	"version":  func([]string) error { fmt.Println("node-helper " + version); return nil },
}

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if name == "runc" || name == "runsc" {
		exitWith(runRuntime(name, args))
	}
	if name == "pause" {
		exitWith(runPause(args))
	}
	if len(args) == 0 {
		exitWith(fmt.Errorf("%s: a command is missing", name))
	}
	run, known := commands[args[0]]
	if !known {
		// An image's own command, run by the stand-in of that image.
		exitWith(runExec(args))
	}
	exitWith(run(args[1:]))
}

func exitWith(err error) {
	if err == nil {
		os.Exit(0)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
