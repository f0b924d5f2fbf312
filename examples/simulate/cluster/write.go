package cluster

import (
	"encoding/json"
	"io"

	"sigs.k8s.io/yaml"

	"github.com/kubealgo/kubealgo/internal/manifest"
)

// Write prints the objects as one YAML List, as kubectl does.
func Write(w io.Writer, docs []manifest.Document) error {
	list := map[string]any{"apiVersion": "v1", "kind": "List", "items": []any{}}
	items := make([]any, 0, len(docs))
	for _, d := range docs {
		text, err := json.Marshal(d.Object)
		if err != nil {
			return err
		}
		var item map[string]any
		if err := json.Unmarshal(text, &item); err != nil {
			return err
		}
		prune(item)
		items = append(items, item)
	}
	list["items"] = items
	text, err := yaml.Marshal(list)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// prune drops what is null, as API servers do, and what typed values print though
// nobody has set it.
func prune(m map[string]any) {
	for key, v := range m {
		switch v := v.(type) {
		case nil:
			delete(m, key)
		case map[string]any:
			prune(v)
			if unset[key] && hollow(v) {
				delete(m, key)
			}
		case []any:
			for _, e := range v {
				e, _ := e.(map[string]any) // nil, in which there is nothing to drop, for what is no map
				prune(e)
			}
		}
	}
}

// unset are the keys of structs that encoding/json never omits.
var unset = map[string]bool{
	"status": true, "resources": true, "strategy": true, "updateStrategy": true, "loadBalancer": true,
	"daemonEndpoints": true, "kubeletEndpoint": true, "nodeInfo": true,
}

// hollow reports whether a map holds nothing but zeros and empty strings.
func hollow(m map[string]any) bool {
	for _, v := range m {
		if v != "" && v != 0.0 {
			return false
		}
	}
	return true
}
