// Reads as many GELF messages as it is told to, with the reader of Graylog's own library. Prints its address, then each
// message as one JSON document a line.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/Graylog2/go-gelf/gelf"
)

func main() {
	reader, err := gelf.NewReader("127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(reader.Addr())
	count, _ := strconv.Atoi(os.Args[1])
	for i := 0; i < count; i++ {
		message, err := reader.ReadMessage()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		text, _ := json.Marshal(map[string]any{"message": message, "extra": message.Extra})
		fmt.Println(string(text))
	}
}
