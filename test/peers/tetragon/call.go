package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	// Values of GetInfo.
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"
)

type asker struct {
	stream reflectionpb.ServerReflection_ServerReflectionInfoClient
}

func (a *asker) ask(request *reflectionpb.ServerReflectionRequest) *reflectionpb.ServerReflectionResponse {
	check(a.stream.Send(request))
	answer, err := a.stream.Recv()
	check(err)
	return answer
}

// The services of Tetragon, with all that their descriptions need.
func (a *asker) services() []protoreflect.ServiceDescriptor {
	answer := a.ask(&reflectionpb.ServerReflectionRequest{
		MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}})
	found := map[string]*descriptorpb.FileDescriptorProto{}
	take := func(answer *reflectionpb.ServerReflectionResponse) {
		for _, bytes := range answer.GetFileDescriptorResponse().GetFileDescriptorProto() {
			file := &descriptorpb.FileDescriptorProto{}
			check(proto.Unmarshal(bytes, file))
			found[file.GetName()] = file
		}
	}
	var names []string
	for _, service := range answer.GetListServicesResponse().GetService() {
		if !strings.HasPrefix(service.GetName(), "tetragon.") {
			continue
		}
		names = append(names, service.GetName())
		take(a.ask(&reflectionpb.ServerReflectionRequest{
			MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: service.GetName()}}))
	}
	for isComplete := false; !isComplete; {
		isComplete = true
		for _, file := range found {
			for _, name := range file.GetDependency() {
				if found[name] == nil {
					isComplete = false
					take(a.ask(&reflectionpb.ServerReflectionRequest{
						MessageRequest: &reflectionpb.ServerReflectionRequest_FileByFilename{FileByFilename: name}}))
				}
			}
		}
	}
	all := &descriptorpb.FileDescriptorSet{}
	for _, file := range found {
		all.File = append(all.File, file)
	}
	registry, err := protodesc.NewFiles(all)
	check(err)
	var services []protoreflect.ServiceDescriptor
	for _, name := range names {
		service, err := registry.FindDescriptorByName(protoreflect.FullName(name))
		check(err)
		services = append(services, service.(protoreflect.ServiceDescriptor))
	}
	return services
}

type caller struct {
	connection *grpc.ClientConn
	requests   map[string]json.RawMessage
	events     int
}

func (c *caller) call(method protoreflect.MethodDescriptor) {
	name := string(method.Name())
	request := dynamicpb.NewMessage(method.Input())
	if text := c.requests[name]; text != nil {
		check(protojson.Unmarshal(text, request))
	}
	path := "/" + string(method.Parent().FullName()) + "/" + name
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var answers []json.RawMessage
	keep := func(answer *dynamicpb.Message) {
		text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(answer)
		check(err)
		answers = append(answers, text)
	}
	var header metadata.MD
	err := func() error {
		stream, err := c.connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: method.IsStreamingServer()}, path)
		if err != nil {
			return err
		}
		if err := stream.SendMsg(request); err != nil {
			return err
		}
		check(stream.CloseSend())
		if header, err = stream.Header(); err != nil {
			return err
		}
		if method.IsStreamingServer() {
			report(map[string]any{"streaming": name})
		}
		for !method.IsStreamingServer() || len(answers) < c.events {
			answer := dynamicpb.NewMessage(method.Output())
			if err := stream.RecvMsg(answer); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
			keep(answer)
			if !method.IsStreamingServer() {
				return nil
			}
		}
		return nil
	}()
	report(map[string]any{
		"method": name, "code": status.Code(err).String(), "message": status.Convert(err).Message(), "answers": answers,
		"header": header,
	})
}

func call(arguments []string) {
	set := flag.NewFlagSet("call", flag.ExitOnError)
	requests := set.String("requests", "{}", "requests as JSON, by the name of their method; the others are empty")
	events := set.Int("events", 0, "how many events to take of a stream")
	var tls files
	tls.flags(set)
	check(set.Parse(arguments))
	secure := insecure.NewCredentials()
	if tls.authority != "" {
		secure = credentials.NewTLS(tls.client())
	}
	connection, err := grpc.NewClient(set.Arg(0), grpc.WithTransportCredentials(secure))
	check(err)
	defer connection.Close()
	stream, err := reflectionpb.NewServerReflectionClient(connection).ServerReflectionInfo(context.Background())
	check(err)
	own := &caller{connection: connection, events: *events}
	check(json.Unmarshal([]byte(*requests), &own.requests))
	for _, service := range (&asker{stream}).services() {
		for i := range service.Methods().Len() {
			own.call(service.Methods().Get(i))
		}
	}
}
