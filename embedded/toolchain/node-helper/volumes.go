package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	provisioner = "volume.mijnbureau-platform"
	selected    = "volume.kubernetes.io/selected-node"
	claimedBy   = "volume.kubernetes.io/storage-provisioner"
)

type object struct {
	Metadata struct {
		Name        string            `json:"name"`
		Namespace   string            `json:"namespace"`
		UID         string            `json:"uid"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec   map[string]any `json:"spec"`
	Status struct {
		Phase string `json:"phase"`
	} `json:"status"`
}

type volumes struct {
	client *http.Client
	server string
	node   string
	folder string
}

// runVolumes makes a folder of this node a volume for each claim whose first pod was given to this node, as an external
// provisioner does; the controller manager binds the two. A released volume goes, with what is in it.
func runVolumes(args []string) error {
	flags := flag.NewFlagSet("volumes", flag.ContinueOnError)
	config := flags.String("settings", "", "who to ask, as JSON")
	node := flags.String("node", "", "this node")
	folder := flags.String("folder", "", "where the volumes are")
	if err := flags.Parse(args); err != nil {
		return err
	}
	client, server, err := clientOf(*config)
	if err != nil {
		return err
	}
	all := &volumes{client: client, server: server, node: *node, folder: *folder}
	for ; ; time.Sleep(500 * time.Millisecond) {
		if err := all.round(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func clientOf(config string) (*http.Client, string, error) {
	text, err := os.ReadFile(config)
	if err != nil {
		return nil, "", err
	}
	var who settings
	if err := json.Unmarshal(text, &who); err != nil {
		return nil, "", err
	}
	client, err := apiClient(who)
	return client, who.Server, err
}

func (v *volumes) round() error {
	var claims, made struct{ Items []object }
	if err := v.request("GET", "/api/v1/persistentvolumeclaims", nil, &claims); err != nil {
		return err
	}
	for _, claim := range claims.Items {
		notes := claim.Metadata.Annotations
		if claim.Spec["volumeName"] == nil && notes[selected] == v.node && notes[claimedBy] == provisioner {
			if err := v.provision(claim); err != nil {
				return err
			}
		}
	}
	if err := v.request("GET", "/api/v1/persistentvolumes", nil, &made); err != nil {
		return err
	}
	for _, volume := range made.Items {
		notes := volume.Metadata.Annotations
		if volume.Status.Phase == "Released" && notes[selected] == v.node && volume.Spec["persistentVolumeReclaimPolicy"] == "Delete" {
			if err := os.RemoveAll(v.pathOf(volume.Metadata.Name)); err != nil {
				return err
			}
			if err := v.request("DELETE", "/api/v1/persistentvolumes/"+volume.Metadata.Name, nil, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *volumes) pathOf(name string) string { return filepath.Join(v.folder, name) }

func (v *volumes) provision(claim object) error {
	name := "pvc-" + claim.Metadata.UID
	if err := os.MkdirAll(v.pathOf(name), 0o777); err != nil {
		return err
	}
	resources, _ := claim.Spec["resources"].(map[string]any)
	requests, _ := resources["requests"].(map[string]any)
	volume := map[string]any{
		"apiVersion": "v1", "kind": "PersistentVolume",
		"metadata": map[string]any{
			"name": name,
			"annotations": map[string]string{
				"pv.kubernetes.io/provisioned-by": provisioner,
				selected:                          v.node,
			},
		},
		"spec": map[string]any{
			"storageClassName": claim.Spec["storageClassName"], "accessModes": claim.Spec["accessModes"],
			"volumeMode": claim.Spec["volumeMode"], "persistentVolumeReclaimPolicy": "Delete",
			"capacity": map[string]any{"storage": requests["storage"]},
			"claimRef": map[string]any{
				"apiVersion": "v1", "kind": "PersistentVolumeClaim",
				"namespace": claim.Metadata.Namespace, "name": claim.Metadata.Name, "uid": claim.Metadata.UID,
			},
			"local": map[string]any{"path": v.pathOf(name)},
			"nodeAffinity": map[string]any{"required": map[string]any{"nodeSelectorTerms": []any{map[string]any{
				"matchExpressions": []any{map[string]any{"key": "kubernetes.io/hostname", "operator": "In", "values": []string{v.node}}},
			}}}},
		},
	}
	return v.request("POST", "/api/v1/persistentvolumes", volume, nil)
}

func (v *volumes) request(method, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, v.server+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := v.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	received, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 && answer.StatusCode != http.StatusConflict {
		return fmt.Errorf("%s %s: %s %.200s", method, path, answer.Status, received)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(received, into)
}
