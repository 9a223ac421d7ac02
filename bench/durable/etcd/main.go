// etcd as its authors build it, from its own Go module, so that the bench needs no download but Go's.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
