// A server and a client of Tetragon's API in Go, with the gRPC library and the generated code that Tetragon has.
//
//	tetragon-peer serve [flags] FILE
//	tetragon-peer call [flags] ADDRESS
//
// What happens is printed as JSON, a document a line. The server has the events of FILE, one a line, and does what standard input
// says: `send N` sends the next N events to every stream, `end` ends the streams as a server does that stops, `fail` ends them with
// a status. The client asks by reflection which methods there are, and calls each of them.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"

	"bench/tetragon"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var printing sync.Mutex

func report(values map[string]any) {
	text, err := json.Marshal(values)
	check(err)
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(string(text))
}

type files struct{ certificate, key, authority string }

func (f *files) flags(set *flag.FlagSet) {
	set.StringVar(&f.certificate, "cert", "", "PEM file with the own certificate")
	set.StringVar(&f.key, "key", "", "PEM file with its key")
	set.StringVar(&f.authority, "ca", "", "PEM file with who has signed the other's certificate")
}

// Fields that no API has so far: a number, and an event of a type of its own.
const (
	newerField = 1999
	newerEvent = 199
)

func newer(event *tetragon.GetEventsResponse) {
	field := protowire.AppendVarint(protowire.AppendTag(nil, newerField, protowire.VarintType), 7)
	if process := event.GetProcessExec().GetProcess(); process != nil {
		process.ProtoReflect().SetUnknown(field)
	}
	event.ProtoReflect().SetUnknown(field)
}

func newerType() *tetragon.GetEventsResponse {
	event := &tetragon.GetEventsResponse{NodeName: "newer"}
	body := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "something")
	event.ProtoReflect().SetUnknown(
		protowire.AppendBytes(protowire.AppendTag(nil, newerEvent, protowire.BytesType), body))
	return event
}

type stream struct {
	wanted chan int
	end    chan error
}

type server struct {
	tetragon.UnimplementedFineGuidanceSensorsServer
	events  []*tetragon.GetEventsResponse
	release string
	lock    sync.Mutex
	streams map[*stream]struct{}
	count   int
}

func (s *server) GetVersion(context.Context, *tetragon.GetVersionRequest) (*tetragon.GetVersionResponse, error) {
	return &tetragon.GetVersionResponse{Version: s.release}, nil
}

func (s *server) GetHealth(context.Context, *tetragon.GetHealthStatusRequest) (*tetragon.GetHealthStatusResponse, error) {
	return &tetragon.GetHealthStatusResponse{HealthStatus: []*tetragon.HealthStatus{{
		Event: tetragon.HealthStatusType_HEALTH_STATUS_TYPE_STATUS, Status: tetragon.HealthStatusResult_HEALTH_STATUS_RUNNING,
		Details: "running",
	}}}, nil
}

func (s *server) GetEvents(request *tetragon.GetEventsRequest, sender tetragon.FineGuidanceSensors_GetEventsServer) error {
	// As Tetragon has it: who listens is told so before the first event.
	check(sender.SendHeader(nil))
	own := &stream{wanted: make(chan int, 1024), end: make(chan error, 1)}
	s.lock.Lock()
	s.streams[own] = struct{}{}
	s.count++
	number := s.count
	s.lock.Unlock()
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(request)
	check(err)
	report(map[string]any{"stream": number, "request": json.RawMessage(text)})
	sent := 0
	defer func() {
		s.lock.Lock()
		delete(s.streams, own)
		s.lock.Unlock()
		report(map[string]any{"ended": number, "sent": sent})
	}()
	for {
		select {
		case count := <-own.wanted:
			for range count {
				if err := sender.Send(s.events[sent%len(s.events)]); err != nil {
					return err
				}
				sent++
			}
			report(map[string]any{"streamed": number, "sent": sent})
		case err := <-own.end:
			return err
		case <-sender.Context().Done():
			return sender.Context().Err()
		}
	}
}

func (s *server) each(do func(*stream)) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for one := range s.streams {
		do(one)
	}
}

// The service with some of its methods only, as older releases have it.
func serviceOf(methods string) *grpc.ServiceDesc {
	service := tetragon.FineGuidanceSensors_ServiceDesc
	if methods == "" {
		return &service
	}
	service.Methods = nil
	for _, method := range tetragon.FineGuidanceSensors_ServiceDesc.Methods {
		if strings.Contains(","+methods+",", ","+method.MethodName+",") {
			service.Methods = append(service.Methods, method)
		}
	}
	return &service
}

func serve(arguments []string) {
	set := flag.NewFlagSet("serve", flag.ExitOnError)
	network := set.String("network", "tcp", "tcp or unix")
	address := set.String("address", "127.0.0.1:0", "where to listen")
	release := set.String("release", "v1.7.0", "the answer of GetVersion")
	methods := set.String("methods", "", "the only methods beside GetEvents; all where it is empty")
	isNewer := set.Bool("newer", false, "send fields and a type of event that no API has so far")
	var tls files
	tls.flags(set)
	check(set.Parse(arguments))
	text, err := os.ReadFile(set.Arg(0))
	check(err)
	own := &server{release: *release, streams: map[*stream]struct{}{}}
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		event := &tetragon.GetEventsResponse{}
		check((protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(line, event))
		if *isNewer {
			newer(event)
		}
		own.events = append(own.events, event)
	}
	if *isNewer {
		own.events = append(own.events, newerType())
	}
	var options []grpc.ServerOption
	if tls.certificate != "" {
		options = append(options, grpc.Creds(credentials.NewTLS(tls.server())))
	}
	listener, err := net.Listen(*network, *address)
	check(err)
	server := grpc.NewServer(options...)
	server.RegisterService(serviceOf(*methods), own)
	reflection.Register(server)
	go func() { check(server.Serve(listener)) }()
	report(map[string]any{"address": listener.Addr().String()})
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		var what string
		var count int
		fmt.Sscan(input.Text(), &what, &count)
		switch what {
		case "send":
			own.each(func(one *stream) { one.wanted <- count })
		case "end":
			own.each(func(one *stream) { one.end <- nil })
			server.GracefulStop()
			return
		case "fail":
			own.each(func(one *stream) { one.end <- status.Error(codes.Internal, "the peer fails, as it was told") })
		}
	}
}

func main() {
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2:])
	case "call":
		call(os.Args[2:])
	}
}
