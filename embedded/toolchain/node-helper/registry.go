package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"runtime"
	"sort"
	"strings"
	"sync"
)

// image is one entry of the table: what upstream's image of this name is made from here.
type image struct {
	// Name without tag, with its registry: "registry.k8s.io/coredns/coredns". "*" stands for every other name.
	Name string `json:"name"`
	// Files of the image: path inside it -> file on this machine.
	Files map[string]string `json:"files"`
	// Links of the image: path inside it -> what it points at.
	Links      map[string]string `json:"links"`
	Folders    []string          `json:"folders"`
	Entrypoint []string          `json:"entrypoint"`
	Cmd        []string          `json:"cmd"`
	User       string            `json:"user"`
	WorkingDir string            `json:"workingDir"`
	Env        []string          `json:"env"`
}

type registry struct {
	mu     sync.Mutex
	images map[string]image
	// Layers by the entry they belong to, all other blobs by digest.
	layers map[string]layer
	blobs  map[string][]byte
}

type layer struct {
	digest string
	size   int64
	file   string
}

// runRegistry answers for every registry of the world, read-only, out of a table of images (containerd sends upstream's
// host as ?ns=). https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
func runRegistry(args []string) error {
	flags := flag.NewFlagSet("registry", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:5000", "address to listen on")
	table := flags.String("images", "", "file with the images, as JSON")
	scratch := flags.String("scratch", os.TempDir(), "folder for layers")
	if err := flags.Parse(args); err != nil {
		return err
	}
	text, err := os.ReadFile(*table)
	if err != nil {
		return err
	}
	var list []image
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	served := &registry{images: map[string]image{}, layers: map[string]layer{}, blobs: map[string][]byte{}}
	for _, each := range list {
		served.images[each.Name] = each
	}
	http.HandleFunc("/v2/", func(w http.ResponseWriter, r *http.Request) { served.answer(w, r, *scratch) })
	return http.ListenAndServe(*listen, nil)
}

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar"
)

func (r *registry) answer(w http.ResponseWriter, request *http.Request, scratch string) {
	rest := strings.TrimPrefix(request.URL.Path, "/v2/")
	if request.Method != http.MethodGet && request.Method != http.MethodHead {
		http.Error(w, "read-only", http.StatusMethodNotAllowed)
		return
	}
	if name, reference, found := cutLast(rest, "/manifests/"); found {
		host := request.URL.Query().Get("ns")
		if strings.HasPrefix(reference, "sha256:") {
			r.mu.Lock()
			body, known := r.blobs[reference]
			r.mu.Unlock()
			if !known {
				http.Error(w, "an image of upstream's cannot be had by its digest", http.StatusNotFound)
				return
			}
			send(w, manifestType, reference, bytes.NewReader(body), int64(len(body)))
			return
		}
		body, digest, err := r.manifest(path.Join(host, name), reference, scratch)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		send(w, manifestType, digest, bytes.NewReader(body), int64(len(body)))
		return
	}
	if _, digest, found := cutLast(rest, "/blobs/"); found {
		r.sendBlob(w, digest)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (r *registry) sendBlob(w http.ResponseWriter, digest string) {
	r.mu.Lock()
	body, known := r.blobs[digest]
	var file string
	for _, each := range r.layers {
		if each.digest == digest {
			file = each.file
		}
	}
	r.mu.Unlock()
	if known {
		send(w, "application/octet-stream", digest, bytes.NewReader(body), int64(len(body)))
		return
	}
	opened, err := os.Open(file)
	if file == "" || err != nil {
		http.NotFound(w, nil)
		return
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	send(w, "application/octet-stream", digest, opened, info.Size())
}

func send(w http.ResponseWriter, kind, digest string, body io.Reader, size int64) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("Content-Length", fmt.Sprint(size))
	_, _ = io.Copy(w, body)
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return "", "", false
	}
	return text[:at], text[at+len(separator):], true
}

func (r *registry) manifest(name, tag, scratch string) (body []byte, digest string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	entry, known := r.images[name]
	if !known {
		entry, known = r.images["*"]
	}
	if !known {
		return nil, "", fmt.Errorf("no image %s, and no stand-in", name)
	}
	made, err := r.layerOf(entry, scratch)
	if err != nil {
		return nil, "", err
	}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		// Each name is an image of its own, though all stand-ins share one layer: whoever counts or removes images sees
		// as many as upstream's.
		"config": map[string]any{
			"Entrypoint": entry.Entrypoint, "Cmd": entry.Cmd, "User": entry.User, "WorkingDir": entry.WorkingDir,
			"Env":    entry.Env,
			"Labels": map[string]string{"name": name + ":" + tag},
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{made.digest}},
		"history": []any{map[string]any{"created_by": "mijnbureau-platform"}},
	})
	if err != nil {
		return nil, "", err
	}
	body, err = json.Marshal(map[string]any{
		"schemaVersion": 2,
		"mediaType":     manifestType,
		"config":        descriptor(configType, r.keep(config), int64(len(config))),
		"layers":        []any{descriptor(layerType, made.digest, made.size)},
	})
	if err != nil {
		return nil, "", err
	}
	return body, r.keep(body), nil
}

func (r *registry) keep(body []byte) string {
	sum := sha256.Sum256(body)
	digest := "sha256:" + hex.EncodeToString(sum[:])
	r.blobs[digest] = body
	return digest
}

func descriptor(mediaType, digest string, size int64) map[string]any {
	return map[string]any{"mediaType": mediaType, "digest": digest, "size": size}
}

func (r *registry) layerOf(entry image, scratch string) (layer, error) {
	if made, there := r.layers[entry.Name]; there {
		return made, nil
	}
	file, err := os.CreateTemp(scratch, "layer-")
	if err != nil {
		return layer{}, err
	}
	defer file.Close()
	hash := sha256.New()
	if err := writeLayer(io.MultiWriter(file, hash), entry); err != nil {
		return layer{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return layer{}, err
	}
	made := layer{digest: "sha256:" + hex.EncodeToString(hash.Sum(nil)), size: info.Size(), file: file.Name()}
	r.layers[entry.Name] = made
	return made, nil
}

func writeLayer(to io.Writer, entry image) error {
	archive := tar.NewWriter(to)
	for _, folder := range append([]string{"tmp", "etc", "var", "run"}, entry.Folders...) {
		header := &tar.Header{Typeflag: tar.TypeDir, Name: strings.TrimPrefix(folder, "/") + "/", Mode: 0o755}
		if folder == "tmp" {
			header.Mode = 0o1777
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
	}
	// Who nobody is, for programs that look their user up.
	accounts := []byte("root:x:0:0:root:/:/none\nnobody:x:65534:65534:nobody:/:/none\nnonroot:x:65532:65532:nonroot:/:/none\n")
	if err := add(archive, "etc/passwd", 0o644, int64(len(accounts)), bytes.NewReader(accounts)); err != nil {
		return err
	}
	for _, inside := range sorted(entry.Files) {
		if err := addFile(archive, inside, entry.Files[inside]); err != nil {
			return err
		}
	}
	for _, inside := range sorted(entry.Links) {
		header := &tar.Header{Typeflag: tar.TypeSymlink, Name: strings.TrimPrefix(inside, "/"), Linkname: entry.Links[inside], Mode: 0o777}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
	}
	return archive.Close()
}

func addFile(archive *tar.Writer, inside, source string) error {
	opened, err := os.Open(source)
	if err != nil {
		return err
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		return err
	}
	return add(archive, strings.TrimPrefix(inside, "/"), int64(info.Mode().Perm()|0o444), info.Size(), opened)
}

func add(archive *tar.Writer, name string, mode, size int64, body io.Reader) error {
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: size}); err != nil {
		return err
	}
	_, err := io.Copy(archive, body)
	return err
}

func sorted(values map[string]string) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
