// What Go's protobuf needs for what tetrad's codec does: events from JSON to the binary form, and back.
//
//	protobuf-codec FILE
//
// FILE has events, one a line. Each line of standard input is "encode N" or "decode N": N events are taken in turn, and the
// CPU time of all threads for them is printed, nanoseconds an event.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"syscall"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"bench/tetragon"
)

func cpuTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func encode(line []byte) []byte {
	var event tetragon.GetEventsResponse
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(line, &event); err != nil {
		panic(err)
	}
	message, err := proto.Marshal(&event)
	if err != nil {
		panic(err)
	}
	return message
}

func decode(message []byte) []byte {
	var event tetragon.GetEventsResponse
	if err := proto.Unmarshal(message, &event); err != nil {
		panic(err)
	}
	line, err := (protojson.MarshalOptions{UseProtoNames: true}).Marshal(&event)
	if err != nil {
		panic(err)
	}
	return line
}

func main() {
	file, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bytes.Split(bytes.TrimSpace(file), []byte("\n"))
	messages := make([][]byte, len(lines))
	for i, line := range lines {
		messages[i] = encode(line)
	}
	sum := 0
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		var what string
		var count int
		if _, err := fmt.Sscan(input.Text(), &what, &count); err != nil {
			panic(err)
		}
		before := cpuTime()
		for i := 0; i < count; i++ {
			if what == "encode" {
				sum += len(encode(lines[i%len(lines)]))
			} else {
				sum += len(decode(messages[i%len(messages)]))
			}
		}
		fmt.Println((cpuTime() - before) / int64(count))
	}
	if sum == 0 {
		os.Exit(1)
	}
}
