// Reads texts of aws-auth as configmap.ParseMap of aws-iam-authenticator does: a JSON string per
// line in, an answer per line out.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

type mapping struct {
	RoleARN  string   `json:"rolearn"`
	UserARN  string   `json:"userarn"`
	Username string   `json:"username"`
	Groups   []string `json:"groups"`
}

type answer struct {
	// Error is set where the cluster would drop the whole text.
	Error    string          `json:"error,omitempty"`
	Mappings []mapping       `json:"mappings"`
	Raw      json.RawMessage `json:"raw"`
}

func read(text string) (a answer) {
	switch strings.TrimSpace(text) {
	case "", "``", `""`, "''":
		return
	}
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		a.Error = err.Error()
		return
	}
	a.Raw = raw
	// A field of the wrong type is left empty, and the rest is kept.
	var wrongType *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &a.Mappings); err != nil && !errors.As(err, &wrongType) {
		a.Error = err.Error()
	}
	return
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var text string
		if err := in.Decode(&text); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(read(text)); err != nil {
			log.Fatal(err)
		}
	}
}
