// Package command is what the command lines of the examples have in common: how
// they end, which flags they refuse, how they read files and how they print.
package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// Main runs a program and ends the process: with 0 when the program did what it
// was asked to, with 1 when the input cannot be used, with 2 for wrong usage.
func Main(name string, run func(args []string, stdin io.Reader, stdout io.Writer) error) {
	err := run(os.Args[1:], os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	}
	os.Exit(ExitCode(err))
}

// ExitCode returns the exit code that tells of an error.
func ExitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usageError{}):
		return 2
	default:
		return 1
	}
}

// A usageError is a mistake on the command line.
type usageError struct{ error }

// Usagef returns the error of a mistake on the command line.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Flags returns an empty set of flags.
func Flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs
}

// Parse parses a command line that holds nothing but flags, each with a value and,
// unless it is one of [Strings], once. It reports whether the program is to go on:
// not where -h asked for the flags, which are printed. What an argument is
// mistaken for is in hint, such as "files are given with -f".
func Parse(fs *flag.FlagSet, args []string, stdout io.Writer, hint string) (run bool, err error) {
	values := map[string]flag.Value{}
	fs.VisitAll(func(f *flag.Flag) {
		values[f.Name] = f.Value
		f.Value = &checked{Value: f.Value}
	})
	err = fs.Parse(args)
	fs.VisitAll(func(f *flag.Flag) { f.Value = values[f.Name] })
	switch {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(stdout)
		fs.Usage()
		return false, nil
	case err != nil:
		return false, usageError{err}
	case fs.NArg() > 0:
		return false, Usagef("unexpected argument %q; %s", fs.Arg(0), hint)
	}
	return true, nil
}

// A checked value refuses what the flag package would let one value hide.
type checked struct {
	flag.Value
	given bool
}

// Set sets the value.
func (c *checked) Set(text string) error {
	_, many := c.Value.(*Strings)
	switch {
	case text == "":
		return errors.New("want a value")
	case c.given && !many:
		return errors.New("the flag is given twice")
	}
	c.given = true
	return c.Value.Set(text)
}

// IsBoolFlag reports whether the flag may stand without a value.
func (c *checked) IsBoolFlag() bool {
	_, ok := c.Value.(interface{ IsBoolFlag() bool })
	return ok
}
