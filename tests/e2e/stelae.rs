//! The profile `stelae` on a stand-in with the layout of the first users' stack: a gateway in Go that
//! is built from source, and Python servers on the official MCP SDK.

use std::time::Duration;

use smoke_tests::binaries::target;
use smoke_tests::{Finished, Repository, Sandbox, codex, pm2, python, sandbox, skipped};

/// The files of the stand-in, by their paths in the repository.
const CHECKOUT: &[(&str, &str)] = &[
    ("README.md", include_str!("../stelae/checkout/README.md")),
    (".gitignore", include_str!("../stelae/checkout/gitignore")),
    ("config/proxy.template.json", include_str!("../stelae/checkout/config/proxy.template.json")),
    ("bundles/starter/catalog.json", CATALOG),
    (
        "bundles/starter/install.json",
        include_str!("../stelae/checkout/bundles/starter/install.json"),
    ),
    ("ecosystem.config.js", include_str!("../stelae/checkout/ecosystem.config.js")),
    ("scripts/custom.py", CUSTOM),
    ("scripts/integrator.py", include_str!("../stelae/checkout/scripts/integrator.py")),
    ("scripts/aggregator.py", include_str!("../stelae/checkout/scripts/aggregator.py")),
    ("scripts/rg.py", include_str!("../stelae/checkout/scripts/rg.py")),
    ("tests/test_repo_sanitized.py", SANITIZED),
];
const CATALOG: &str = include_str!("../stelae/checkout/bundles/starter/catalog.json");
const CUSTOM: &str = include_str!("../stelae/checkout/scripts/custom.py");
const SANITIZED: &str = include_str!("../stelae/checkout/tests/test_repo_sanitized.py");
const GATEWAY: &[(&str, &str)] = &[
    ("go.mod", include_str!("../stelae/gateway/go.mod")),
    ("main.go", include_str!("../stelae/gateway/main.go")),
];

/// The parts that every machine with cargo has.
const OWN: [&str; 4] = ["--supervisor", "embedded", "--agent", "scripted"];

/// Runs the profile on the stand-in with other texts for some of its files; none where its parts
/// cannot be had.
fn run(sandbox: &mut Sandbox, changed: &[(&str, String)], arguments: &[&str]) -> Option<Finished> {
    let programs = match python::install("stelae") {
        Ok(programs) => programs,
        Err(why) => {
            skipped(&why);
            return None;
        }
    };
    sandbox.allow(Duration::from_secs(600));
    sandbox.set("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap()));
    // What Go has built once is kept for the next time, as on a developer's machine.
    sandbox.set("CARGO_TARGET_DIR", target().join("parts/stelae"));
    sandbox.set("GOTOOLCHAIN", "local");
    // Go counts its calls below the user's config folder, as a build tool does.
    sandbox.set("XDG_CONFIG_HOME", target().join("parts/stelae/config"));
    let other = |name: &str| changed.iter().find(|(file, _)| *file == name).map(|(_, text)| text);
    let files: Vec<(&str, &str)> = CHECKOUT
        .iter()
        .map(|(name, text)| (*name, other(name).map_or(*text, String::as_str)))
        .collect();
    let source = Repository::create(sandbox, "checkout", &files);
    let gateway = Repository::create(sandbox, "gateway", GATEWAY);
    let (port, artifacts) = (sandbox::port().to_string(), sandbox.cwd().join("target/smoke"));
    let fixed = [
        "smoke",
        "--profile",
        "stelae",
        "--source",
        source.path().as_str(),
        "--proxy-source",
        gateway.path().as_str(),
        "--port",
        &port,
        "--artifacts",
        artifacts.as_str(),
    ];
    let python = programs.join("python");
    let interpreter = ["--python-bin", python.as_str()];
    Some(sandbox.xtask(&[&fixed, &interpreter[..], arguments].concat()))
}

#[test]
fn a_whole_one_passes() {
    let mut sandbox = Sandbox::new();
    let Some(finished) = run(&mut sandbox, &[], &OWN) else { return };
    let finished = finished.expect(0);
    assert_eq!(finished.record["gateway"]["listed"], 4, "{}", finished.shown());
    assert_eq!(finished.step("check-repo-sanitized")["outcome"], "passed");
}

#[test]
fn a_whole_one_passes_with_the_parts_that_the_profile_names() {
    let pm2 = pm2::program().map_err(|why| skipped(&format!("no pm2: {why}")));
    let (Ok(pm2), Some(codex)) = (pm2, codex::newest()) else { return };
    // A build that is kept from another test would leave Go without a part in this run.
    let parts =
        ["--pm2", pm2.as_str(), "--codex-cli", codex.as_str(), "--model", "scripted", "--cold"];
    let mut sandbox = Sandbox::new();
    let Some(finished) = run(&mut sandbox, &[], &parts) else { return };
    let finished = finished.expect(0);
    for stage in finished.record["stages"].as_array().unwrap() {
        assert_eq!(stage["git_clean"], true, "{}", finished.shown());
    }
    assert_eq!(finished.record["stages"].as_array().unwrap().len(), 3);
    let versions = &finished.record["versions"];
    assert!(
        ["pm2", "codex", "node", "go"].iter().all(|name| versions[name].is_string()),
        "{versions}"
    );
    assert!(finished.file("logs/pm2.log").contains("App [mcp-proxy:0] online"));
}

/// The template with an address of another gateway for the aggregator.
fn astray(template: &str) -> String {
    let script = "{{STELAE_DIR}}/scripts/aggregator.py\"]";
    let env = ", \"env\": {\"STELAE_PROXY_BASE\": \"http://127.0.0.1:9\"}";
    template.replace(script, &format!("{script}{env}"))
}

#[test]
fn everything_that_is_wrong_is_named_in_one_run() {
    let gone = "\"servers\": [{\"name\": \"gone\", \"transport\": \"stdio\", \
                \"command\": \"no-such-program\"},";
    let catalog =
        CATALOG.replace("\"servers\": [", gone).replace("scripts/rg.py", "scripts/no_such_rg.py");
    let faults = [
        ("bundles/starter/catalog.json", catalog),
        ("config/proxy.template.json", astray(CHECKOUT[2].1)),
        ("tests/test_repo_sanitized.py", format!("{SANITIZED}    raise ValueError('planted')\n")),
    ];
    let mut sandbox = Sandbox::new();
    let Some(finished) = run(&mut sandbox, &faults, &OWN) else { return };
    finished.expect(1).caused_by("server-install-failed").says(&[
        "no-such-program is not on PATH",
        "check-repo-sanitized [check-failed]",
        "planted",
        "ready [tools-missing]",
        "server rg (with grep) is down",
        "stage-bundle-tools [agent-call-failed]",
        "STELAE_PROXY_BASE = http://127.0.0.1:9, and the gateway is at port",
    ]);
}

#[test]
fn a_module_that_is_missing_crashes_the_gateway_and_hides_nothing() {
    let template = astray(CHECKOUT[2].1);
    let strict = template.replace("\"panicIfInvalid\": false", "\"panicIfInvalid\": true");
    let faults = [
        ("config/proxy.template.json", strict),
        ("scripts/custom.py", format!("import no_such_module\n{CUSTOM}")),
    ];
    let mut sandbox = Sandbox::new();
    let Some(finished) = run(&mut sandbox, &faults, &OWN) else { return };
    finished.expect(1).caused_by("gateway-crashed").says(&[
        "server custom is down",
        "No module named 'no_such_module'",
        "once more without custom",
        "stage-bundle-tools [agent-call-failed]",
        "STELAE_PROXY_BASE = http://127.0.0.1:9,",
    ]);
}

#[test]
fn what_the_machine_lacks_is_named_at_once_and_before_the_build() {
    let mut sandbox = Sandbox::new();
    sandbox.set("PATH", "/usr/bin:/bin");
    let source = Repository::create(&sandbox, "checkout", CHECKOUT);
    let arguments = ["--source", source.path().as_str(), "--proxy-source", source.path().as_str()];
    let parts = ["--profile", "stelae", "--supervisor", "embedded", "--agent", "scripted"];
    let python = ["--python-bin", "/no/such/python"];
    let all = [&["smoke"], &parts[..], &arguments[..], &python[..]].concat();
    sandbox.xtask(&all).expect(2).says(&["/no/such/python: there is no such file"]);
    let without = [&["smoke"], &parts[..], &arguments[..]].concat();
    let finished = sandbox.xtask(&without).expect(4).caused_by("prerequisite-missing");
    assert_eq!(finished.record["failed_step"], "requires", "{}", finished.shown());
    assert_eq!(finished.step("build")["outcome"], "skipped");
}
