// Serves the Kubernetes provider of github.com/pulumi/pulumi-kubernetes.
//
// The module's own cmd/pulumi-resource-kubernetes embeds two files that are generated at release
// time and are not part of the module, so it does not build from a module download. The two files
// below are the inputs of that generation; the build overlays them from the module cache.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, terraformMapping)
}
