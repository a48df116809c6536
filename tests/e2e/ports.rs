//! Ports: a foreign listener is left alone, and named.

use std::net::{TcpListener, TcpStream};

use smoke_tests::tiny::{TALK, small, tiny};
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
