//! Ports: a foreign listener is left alone, and named.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use smoke_tests::binaries::program;
use smoke_tests::http::serve;
use smoke_tests::tiny::{TALK, gateway, small, tiny};
use smoke_tests::{Sandbox, sandbox};

#[test]
fn a_port_that_someone_else_holds_is_named_with_its_owner_who_lives_on() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
    let foreign = TcpListener::bind(("127.0.0.1", sandbox::port())).unwrap();
    let port = foreign.local_addr().unwrap().port();
    let arguments = ["smoke", "--source", source.path().as_str(), "--port", &port.to_string()];
    let finished = sandbox.xtask(&arguments).expect(1).caused_by("port-in-use");
    let owner = format!("pid {}", std::process::id());
    finished.says(&[&owner, &format!("port {port}"), "--port"]);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
}

#[test]
fn without_a_port_a_free_one_is_chosen() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
    let finished = sandbox.xtask(&["smoke", "--source", source.path().as_str()]).expect(0);
    let port = finished.record["port"].as_u64().unwrap();
    assert!((18_000..=24_000).contains(&port), "{port}");
}

/// Somebody who answers as if it were the gateway, and counts how often it was asked.
fn stranger() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", sandbox::port())).unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    thread::spawn(move || {
        serve(&listener, move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            (200, String::new(), r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#.to_owned())
        })
    });
    (port, asked)
}

#[test]
fn a_stranger_on_a_fixed_port_is_named_and_is_asked_nothing() {
    let (port, asked) = stranger();
    let (small, other) = (program("small-gateway"), program("binds-another-port"));
    let fixed = port.to_string();
    // One ends because it cannot have the port, and the other one goes on without it.
    for command in [&[small.as_str(), &fixed, "say"][..], &[other.as_str(), &fixed]] {
        let sandbox = Sandbox::new();
        let url = format!("url = \"http://localhost:{port}/mcp\"\n");
        let profile = format!("{}{url}{TALK}", gateway(command, &["say"]));
        let source = tiny(&sandbox, &profile, &[]);
        let run = sandbox.xtask(&["smoke", "--source", source.path().as_str()]);
        let holder = format!("pid {}: ", std::process::id());
        run.expect(1).caused_by("port-in-use").says(&[
            &holder,
            "not of this run",
            "{{PROXY_PORT}}",
        ]);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_gateway_on_all_addresses_whose_family_has_cleared_its_environment_is_no_stranger() {
    let sandbox = Sandbox::new();
    let small = program("small-gateway");
    let clear = ["env", "-i", "SMALL_HOST=0.0.0.0", small.as_str(), "{{PROXY_PORT}}", "say"];
    let source = tiny(&sandbox, &format!("{}{TALK}", gateway(&clear, &["say"])), &[]);
    let run = sandbox.xtask(&["smoke", "--source", source.path().as_str()]);
    assert_ne!(run.record["cause"]["code"], "port-in-use", "{}", run.shown());
}
