//! A stack under the real pm2: only what changed is started again.

use std::fs;

use serde_json::{Value, json};
use smoke_tests::binaries::binaries;
use smoke_tests::pm2::{self, Daemon};
use smoke_tests::skipped;

use crate::stack::Stack;

#[test]
fn only_the_app_whose_config_changed_is_started_again() {
    let Some((stack, program)) = stack() else { return };
    let pm2 = Daemon::start(&stack.place.sandbox, program);
    pm2.run(&["start", stack.clone_folder().join("ecosystem.config.js").as_str()]).expect(0);
    stack.wait_until_it_listens();
    let before = (pm2.app("mcp-proxy").0, pm2.app("other"));

    let finished = stack.place.install(&["--format", "json"]).expect(0);
    let finished = finished.says(&["New tools: echo\n", "Ran commands: "]);
    let object: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(object["commands"].as_array().unwrap().len(), 2, "{object}");
    let after = (pm2.app("mcp-proxy").0, pm2.app("other"));
    assert_ne!(after.0, before.0, "the gateway was not started again");
    assert_eq!(after.1, before.1, "an app that did not change was started again");

    let again = stack.place.install(&["--format", "json"]).expect(0);
    let object: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(object["commands"], json!([]));
    stack.place.install(&["--remove", "--no-restart"]).expect(0);
    assert_eq!((pm2.app("mcp-proxy").0, pm2.app("other")), after);
}

#[test]
fn a_pm2_that_cannot_be_found_is_named() {
    let Some((stack, program)) = stack() else { return };
    let pm2 = Daemon::start(&stack.place.sandbox, program);
    stack.write_env(&format!("PM2=/none/pm2\nPM2_HOME={}\n", pm2::home(&stack.place.sandbox)));
    let finished = stack.place.install(&[]).expect(4);
    finished.says(&["[prerequisite-missing]", "npm install --global pm2", "Installed: echo"]);
    drop(pm2);
}

fn stack() -> Option<(Stack, &'static camino::Utf8Path)> {
    let program = match pm2::program() {
        Ok(program) => program,
        Err(why) => {
            skipped(&format!("no pm2: {why}"));
            return None;
        }
    };
    let stack = Stack::new();
    stack.write_env(&format!("PM2={program}\nPM2_HOME={}\n", pm2::home(&stack.place.sandbox)));
    let (gateway, config) = (&binaries().stack, stack.config());
    let apps = json!({"apps": [
        {"name": "mcp-proxy", "script": gateway, "args": ["gateway", "--config", config], "interpreter": "none"},
        {"name": "other", "script": "/bin/sleep", "args": ["600"], "interpreter": "none"},
    ]});
    let ecosystem = stack.clone_folder().join("ecosystem.config.js");
    fs::write(ecosystem, format!("module.exports = {apps};\n")).unwrap();
    Some((stack, program))
}
