// What serving Tetragon's stream of events costs in Go, and the client that counts what a server sends.
//
//	grpc-peer serve FILE CLIENTS EVENTS WARMUP
//	grpc-peer count ADDRESS CLIENTS
//	grpc-peer follow ADDRESS WARMUP
//
// The server makes messages of the events in FILE, one a line, and sends EVENTS of them to each client, marshalled for each as
// Tetragon does, once CLIENTS are there. All end when all has been sent, and print what they did as JSON. The client that counts looks
// into no message, the one that follows makes JSON of each, and counts its CPU time after WARMUP.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/emptypb"

	"bench/tetragon"
)

const method = "/tetragon.FineGuidanceSensors/GetEvents"

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func report(values map[string]float64) {
	check(json.NewEncoder(os.Stdout).Encode(values))
}

func serve(path string, clients int, count int, warmup int) {
	file, err := os.ReadFile(path)
	check(err)
	var messages []*tetragon.GetEventsResponse
	for _, line := range bytes.Split(bytes.TrimSpace(file), []byte("\n")) {
		event := &tetragon.GetEventsResponse{}
		check((protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(line, event))
		messages = append(messages, event)
	}
	var waiting, warming, working sync.WaitGroup
	waiting.Add(clients)
	warming.Add(clients)
	working.Add(clients)
	handler := func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&emptypb.Empty{}); err != nil {
			return err
		}
		waiting.Done()
		waiting.Wait()
		defer working.Done()
		if err := send(stream, messages, warmup); err != nil {
			return err
		}
		warming.Done()
		warming.Wait()
		return send(stream, messages, count)
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "tetragon.FineGuidanceSensors",
		HandlerType: (*any)(nil),
		Streams:     []grpc.StreamDesc{{StreamName: "GetEvents", Handler: handler, ServerStreams: true}},
	}, struct{}{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() { check(server.Serve(listener)) }()
	fmt.Println(listener.Addr())
	warming.Wait()
	start, cpu := time.Now(), cpuTime()
	working.Wait()
	report(map[string]float64{
		"events":     float64(count * clients),
		"cpuSeconds": (cpuTime() - cpu).Seconds(),
		"seconds":    time.Since(start).Seconds(),
	})
	server.GracefulStop()
}

func send(stream grpc.ServerStream, messages []*tetragon.GetEventsResponse, count int) error {
	for i := 0; i < count; i++ {
		if err := stream.SendMsg(messages[i%len(messages)]); err != nil {
			return err
		}
	}
	return nil
}

// Hands messages over as they came.
type raw struct{}

func (raw) Marshal(any) (mem.BufferSlice, error) { return mem.BufferSlice{}, nil }
func (raw) Unmarshal(data mem.BufferSlice, value any) error {
	*value.(*int) = data.Len()
	return nil
}
func (raw) Name() string { return "proto" }

var _ encoding.CodecV2 = raw{}

func count(address string, clients int) {
	var events, size atomic.Int64
	var working sync.WaitGroup
	for range clients {
		working.Add(1)
		go func() {
			defer working.Done()
			connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
			check(err)
			defer connection.Close()
			desc := &grpc.StreamDesc{ServerStreams: true}
			stream, err := connection.NewStream(context.Background(), desc, method, grpc.ForceCodecV2(raw{}))
			check(err)
			check(stream.SendMsg(nil))
			check(stream.CloseSend())
			for {
				var length int
				if err := stream.RecvMsg(&length); err != nil {
					if err != io.EOF {
						fmt.Fprintln(os.Stderr, err)
					}
					return
				}
				events.Add(1)
				size.Add(int64(length))
			}
		}()
	}
	working.Wait()
	report(map[string]float64{"events": float64(events.Load()), "bytes": float64(size.Load())})
}

func follow(address string, warmup int) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	defer connection.Close()
	stream, err := connection.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true}, method)
	check(err)
	check(stream.SendMsg(&emptypb.Empty{}))
	check(stream.CloseSend())
	marshal := protojson.MarshalOptions{UseProtoNames: true}
	events, size := 0, 0
	var line []byte
	cpu := cpuTime()
	for {
		event := &tetragon.GetEventsResponse{}
		if events == warmup {
			cpu = cpuTime()
		}
		if err := stream.RecvMsg(event); err != nil {
			if err != io.EOF {
				fmt.Fprintln(os.Stderr, err)
			}
			break
		}
		line, err = marshal.MarshalAppend(line[:0], event)
		check(err)
		events++
		size += len(line)
	}
	report(map[string]float64{
		"events":     float64(events),
		"bytes":      float64(size),
		"cpuSeconds": (cpuTime() - cpu).Seconds(),
	})
}

func main() {
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2], number(os.Args[3]), number(os.Args[4]), number(os.Args[5]))
	case "count":
		count(os.Args[2], number(os.Args[3]))
	case "follow":
		follow(os.Args[2], number(os.Args[3]))
	}
}
