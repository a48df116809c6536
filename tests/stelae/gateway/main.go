// A small gateway for tests: it starts the stdio servers of its config, and serves their tools over
// HTTP. With panicIfInvalid it gives up when one of them cannot be used.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"sync"
)

type config struct {
	McpProxy struct {
		Addr    string
		Options struct{ PanicIfInvalid bool }
	}
	McpServers map[string]struct {
		Command string
		Args    []string
		Env     map[string]string
	}
}

type message map[string]any

type server struct {
	lock  sync.Mutex
	input io.Writer
	lines *bufio.Reader
	next  int
}

func (s *server) ask(method string, params any) (message, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.next++
	s.tell(message{"jsonrpc": "2.0", "id": s.next, "method": method, "params": params})
	for {
		line, err := s.lines.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		answer := message{}
		if json.Unmarshal(line, &answer) == nil && answer["id"] == float64(s.next) {
			return answer, nil
		}
	}
}

func (s *server) tell(m message) {
	text, _ := json.Marshal(m)
	s.input.Write(append(text, '\n'))
}

func start(command string, args []string, env map[string]string) (*server, []any, error) {
	child := exec.Command(command, args...)
	child.Env, child.Stderr = os.Environ(), os.Stderr
	for key, value := range env {
		child.Env = append(child.Env, key+"="+value)
	}
	input, _ := child.StdinPipe()
	output, _ := child.StdoutPipe()
	if err := child.Start(); err != nil {
		return nil, nil, err
	}
	s := &server{input: input, lines: bufio.NewReader(output)}
	client := message{"name": "stand-in", "version": "1"}
	hello := message{"protocolVersion": "2025-06-18", "capabilities": message{}, "clientInfo": client}
	if _, err := s.ask("initialize", hello); err != nil {
		return nil, nil, fmt.Errorf("initialize: %w", err)
	}
	s.tell(message{"jsonrpc": "2.0", "method": "notifications/initialized"})
	listed, err := s.ask("tools/list", message{})
	if err != nil {
		return nil, nil, fmt.Errorf("tools/list: %w", err)
	}
	result, _ := listed["result"].(map[string]any)
	tools, _ := result["tools"].([]any)
	return s, tools, nil
}

func main() {
	path := flag.String("config", "", "the config")
	flag.Parse()
	text, err := os.ReadFile(*path)
	if err != nil {
		log.Fatal(err)
	}
	var conf config
	if err := json.Unmarshal(text, &conf); err != nil {
		log.Fatal(err)
	}
	var lock sync.Mutex
	owners, tools := map[string]*server{}, []any{}
	for name, entry := range conf.McpServers {
		if entry.Command == "" {
			continue
		}
		s, listed, err := start(entry.Command, entry.Args, entry.Env)
		if err != nil {
			log.Printf("<%s> failed: %v", name, err)
			if conf.McpProxy.Options.PanicIfInvalid {
				os.Exit(1)
			}
			continue
		}
		for _, tool := range listed {
			owners[tool.(map[string]any)["name"].(string)] = s
			tools = append(tools, tool)
		}
	}
	http.HandleFunc("/mcp", func(w http.ResponseWriter, r *http.Request) {
		request := message{}
		json.NewDecoder(r.Body).Decode(&request)
		if request["id"] == nil {
			w.WriteHeader(202)
			return
		}
		answer := message{"jsonrpc": "2.0", "id": request["id"]}
		params, _ := request["params"].(map[string]any)
		switch request["method"] {
		case "initialize":
			answer["result"] = message{"protocolVersion": "2025-06-18",
				"capabilities": message{"tools": message{}}, "serverInfo": message{"name": "stand-in", "version": "1"}}
		case "tools/list":
			lock.Lock()
			answer["result"] = message{"tools": tools}
			lock.Unlock()
		case "tools/call":
			name, _ := params["name"].(string)
			if owner := owners[name]; owner == nil {
				answer["error"] = message{"code": -32601, "message": "Unknown tool: " + name}
			} else if got, err := owner.ask("tools/call", params); err != nil {
				answer["error"] = message{"code": -32000, "message": err.Error()}
			} else {
				answer["result"], answer["error"] = got["result"], got["error"]
				if got["error"] == nil {
					delete(answer, "error")
				}
			}
		default:
			answer["error"] = message{"code": -32601, "message": "unknown method"}
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(answer)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1"+conf.McpProxy.Addr, nil))
}
