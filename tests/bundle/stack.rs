//! A small stack whose gateway was started on a rendered config.

use std::fs;

use camino::Utf8PathBuf;
use serde_json::{Value, json};
use smoke_tests::binaries::binaries;
use smoke_tests::{sandbox, wait};

use crate::place::Place;

/// The stack's clone, config home and port.
pub struct Stack {
    pub place: Place,
    pub port: u16,
}

impl Stack {
    /// One whose gateway serves the clock, beside a bundle whose server has an echo.
    pub fn new() -> Self {
        let place = Place::new(json!([echo()]));
        let port = sandbox::port();
        let stack = Self { place, port };
        fs::create_dir_all(stack.clone_folder().join("config")).unwrap();
        fs::create_dir_all(stack.place.home().join(".state")).unwrap();
        let template = json!({
            "mcpProxy": {"addr": ":{{PROXY_PORT}}", "name": "tiny", "type": "streamable-http"},
            "mcpServers": {"clock": {"type": "stdio", "command": "{{STACK_BIN}}", "args": ["serve", "clock"]}},
        });
        let text = template.to_string();
        fs::write(stack.clone_folder().join("config/proxy.template.json"), &text).unwrap();
        stack.write_env("");
        let rendered = text.replace("{{PROXY_PORT}}", &port.to_string());
        let rendered = rendered.replace("{{STACK_BIN}}", binaries().stack.as_str());
        fs::write(stack.config(), rendered).unwrap();
        stack
    }

    /// The clone.
    pub fn clone_folder(&self) -> Utf8PathBuf {
        self.place.sandbox.cwd().join("clone")
    }

    /// The gateway's rendered config.
    pub fn config(&self) -> Utf8PathBuf {
        self.place.home().join(".state/proxy.json")
    }

    /// Writes .env, with more lines at its end.
    pub fn write_env(&self, more: &str) {
        let (clone, stack, port) = (self.clone_folder(), &binaries().stack, self.port);
        let text = format!("STELAE_DIR={clone}\nSTACK_BIN={stack}\nPROXY_PORT={port}\n{more}");
        fs::write(self.place.home().join(".env"), text).unwrap();
    }

    /// Waits until the gateway listens.
    pub fn wait_until_it_listens(&self) {
        wait::until("a gateway that listens", || {
            std::net::TcpStream::connect(("127.0.0.1", self.port)).ok()
        });
    }
}

/// A server that is not in the template.
fn echo() -> Value {
    json!({
        "name": "echo", "command": "{{STACK_BIN}}", "args": ["serve", "echo"],
        "tools": [{"name": "echo", "description": "Says it again."}],
    })
}
