//! The main job, on this very repository as it is being edited.

use std::fs;
use std::time::Duration;

use smoke_tests::binaries::target;
use smoke_tests::{Finished, Repository, Sandbox, record};

/// The first build of a snapshot compiles the stack from nothing.
const COLD: Duration = Duration::from_secs(1200);

const STEPS: [&str; 16] = [
    "prepare",
    "clone",
    "env",
    "build",
    "bundle",
    "render",
    "codex-home",
    "client-repo",
    "start",
    "ready",
    "overrides",
    "stage-bundle-tools",
    "stage-install",
    "stage-remove",
    "verify",
    "teardown",
];

#[test]
fn a_clone_of_it_boots_and_an_agent_can_use_it() {
    let mut sandbox = Sandbox::new();
    sandbox.allow(COLD);
    // What other tests of this repository built is used again.
    sandbox.set("CARGO_TARGET_DIR", target());
    let source = Repository::of_this_project(&sandbox, "src");
    let arguments = ["smoke", "--source", source.path().as_str()];
    let first = sandbox.xtask(&arguments).expect(0);
    let second = sandbox.xtask(&arguments).expect(0);
    assert_eq!(second.step("build")["cached"], true, "{}", second.shown());
    // On a busy machine, time passes between the steps; not every time.
    let mut again = (0..5).map(|_| sandbox.xtask(&arguments).expect(0));
    let mut runs = [&first, &second].map(|run| run.record.clone()).into_iter();
    let fits = runs.any(|record| record::accounts_for_its_time(&record))
        || again.any(|run| record::accounts_for_its_time(&run.record));
    assert!(fits, "{:#}", second.record["steps"]);
    for finished in [first, second] {
        record::assert_schema(&finished.record);
        record::assert_passed(&finished, &STEPS);
        record::assert_folds(&finished);
        assert_overlap(&finished);
        assert_bundle_lines(&finished);
        assert_stages(&finished);
    }
}

/// Where the plan sets nothing against it, steps run side by side.
fn assert_overlap(finished: &Finished) {
    let time = |step: &str, key: &str| finished.step(step)[key].as_u64().unwrap();
    let end_of_clone = time("clone", "started_ms") + time("clone", "duration_ms");
    for step in ["codex-home", "client-repo"] {
        assert!(time(step, "started_ms") < end_of_clone, "{step} waited for the clone");
    }
}

fn assert_bundle_lines(finished: &Finished) {
    let log = finished.file("harness.log");
    for server in ["fs", "rg", "clock", "dice"] {
        let begun = log.find(&format!("[bundle] installing {server}\n")).unwrap();
        let done = log.find(&format!("[bundle] {server} updated (template, overrides)\n")).unwrap();
        assert!(begun < done, "{server}:\n{log}");
    }
}

fn assert_stages(finished: &Finished) {
    let stages = finished.record["stages"].as_array().unwrap();
    let names: Vec<_> = stages.iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["bundle-tools", "install", "remove"]);
    for name in names {
        let text = finished.file(&format!("codex-transcripts/{name}.jsonl"));
        record::assert_transcript(&text);
    }
    let installed = finished.file("codex-transcripts/install.jsonl");
    assert!(installed.contains("hello from the install stage"), "{installed}");
    let latest = finished.folder().parent().unwrap().with_file_name("latest");
    assert!(fs::read_link(latest).unwrap().starts_with("runs"));
}

#[test]
fn what_was_built_is_used_again_unless_cold() {
    let sandbox = Sandbox::new();
    let built = sandbox.path().join("built");
    let gateway = smoke_tests::binaries::program("small-gateway");
    let output = "{{SMOKE_BUILD_DIR}}/gateway";
    let command =
        format!("echo x >>{built}; mkdir -p {{{{SMOKE_BUILD_DIR}}}}; cp {gateway} {output}");
    let build = format!(
        "[gateway.build]\ncommand = [\"sh\", \"-c\", \"{command}\"]\noutput = \"{output}\"\n"
    );
    let small = smoke_tests::tiny::small(&["say"]);
    let profile = format!("{}{build}", small.replace(gateway.as_str(), "{{SMOKE_GATEWAY_BIN}}"));
    let source = smoke_tests::tiny::tiny(&sandbox, &profile, &[]);
    let port = smoke_tests::sandbox::port().to_string();
    let run = |more: &[&str]| {
        let fixed = ["smoke", "--source", source.path().as_str(), "--port", &port];
        let finished = sandbox.xtask(&[&fixed, more].concat()).expect(0);
        let times = fs::read_to_string(&built).unwrap().lines().count();
        (finished.step("build")["cached"].as_bool().unwrap(), times)
    };
    assert_eq!(run(&[]), (false, 1));
    assert_eq!(run(&[]), (true, 1));
    assert_eq!(run(&["--cold"]), (false, 2));
    source.write("README.md", "# Another tree\n");
    source.commit("second");
    assert_eq!(run(&[]), (false, 3));
    assert_eq!(run(&["--rev", "HEAD~1"]), (true, 3));
}
