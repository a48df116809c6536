//! Programs that cargo builds of one clone, where it has built those of another before.

use std::fs;

use serde_json::json;
use smoke_tests::binaries::program;
use smoke_tests::tiny::{small, tiny};
use smoke_tests::{Finished, Sandbox, wait};

/// A gateway that is the small one with one tool, by the name that is written into it.
fn main_with(tool: &str) -> String {
    let gateway = program("small-gateway");
    format!(
        "fn main() {{\n\
             let port = std::env::args().nth(1).unwrap_or_default();\n\
             let mut command = std::process::Command::new({gateway:?});\n\
             command.args([port.as_str(), {tool:?}]).status().unwrap();\n\
         }}\n"
    )
}

const MANIFEST: &str = "[package]\nname = \"own\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n";

/// To cargo, what is older than the last build is as it was then.
const OLD_CARGO: &str = "#!/bin/sh\ntouch -d 2001-01-01 src/*.rs Cargo.*\nexec cargo \"$@\"\n";

#[test]
fn a_clone_gets_the_program_of_its_own_sources_however_old_they_are() {
    let mut sandbox = Sandbox::new();
    sandbox.allow(4 * wait::BOUND);
    sandbox.set("CARGO_TARGET_DIR", sandbox.path().join("target"));
    let cargo = sandbox.path().join("bin/cargo");
    fs::create_dir(cargo.parent().unwrap()).unwrap();
    smoke_tests::executable(&cargo, OLD_CARGO);
    let command =
        json!([cargo, "build", "--quiet", "--locked", "--target-dir", "{{SMOKE_BUILD_DIR}}"]);
    let profile =
        small(&["one"]).replace(program("small-gateway").as_str(), "{{SMOKE_GATEWAY_BIN}}");
    let build = format!(
        "[gateway.build]\ncommand = {command}\noutput = \"{{{{SMOKE_BUILD_DIR}}}}/debug/own\"\n"
    );
    let of = |tool: &str| {
        let profile = format!("{}{build}", profile.replace("one", tool));
        [("smoke.toml", profile), ("src/main.rs", main_with(tool))]
    };
    let files = [("Cargo.toml", MANIFEST), ("Cargo.lock", LOCK), ("src/main.rs", "")];
    let source = tiny(&sandbox, &profile, &files);
    let run = |tool: &str| -> Finished {
        of(tool).iter().for_each(|(name, text)| source.write(name, text));
        source.commit(tool);
        sandbox.xtask(&["smoke", "--source", source.path().as_str()]).expect(0)
    };
    // A gateway without the tool of its profile fails.
    for tool in ["one", "two"] {
        let finished = run(tool);
        assert_eq!(finished.step("build")["cached"], false, "{}", finished.shown());
    }
}
