package command

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/kubealgo/kubealgo/internal/manifest"
)

// Files reads files by name, and stdin as "-".
type Files struct {
	stdin io.Reader
	taken bool // stdin has been read
}

// NewFiles returns the files with a stdin.
func NewFiles(stdin io.Reader) *Files { return &Files{stdin: stdin} }

// Read returns the text of a file.
func (f *Files) Read(name string) ([]byte, error) {
	if name != "-" {
		return os.ReadFile(name)
	}
	if f.taken {
		return nil, Usagef("-: stdin can be read only once")
	}
	f.taken = true
	return io.ReadAll(f.stdin)
}

// Manifests are those that the flags -f and -ignore-unknown-fields name.
type Manifests struct {
	Names   Strings // of the files
	options manifest.Options
}

// Define defines the flags; -f may be given several times.
func (m *Manifests) Define(fs *flag.FlagSet) {
	fs.Var(&m.Names, "f", "`FILE` with manifests, - for stdin; may be given several times (default: an embedded example)")
	fs.BoolVar(&m.options.IgnoreUnknownFields, "ignore-unknown-fields", false, "drop fields that Kubernetes 1.36 does not have")
}

// Other returns the manifests of another file, read the same way; "" stands for an
// embedded text.
func (m *Manifests) Other(name string) *Manifests {
	other := &Manifests{options: m.options}
	if name != "" {
		other.Names = Strings{name}
	}
	return other
}

// String names the files.
func (m *Manifests) String() string {
	if len(m.Names) == 0 {
		return "the embedded example"
	}
	return m.Names.String()
}

// Read returns the objects of the files, or of the embedded text where no file is
// named.
func (m *Manifests) Read(files *Files, embedded []byte) ([]manifest.Document, error) {
	if len(m.Names) == 0 {
		return manifest.Decode(bytes.NewReader(embedded))
	}
	var parts [][]byte
	for _, name := range m.Names {
		text, err := files.Read(name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, text)
	}
	docs, err := m.options.Decode(bytes.NewReader(bytes.Join(parts, []byte("\n---\n"))))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%v: %w", m, err)
	case len(docs) == 0:
		return nil, fmt.Errorf("%v: there are no objects", m)
	}
	return docs, nil
}
