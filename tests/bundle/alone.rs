//! What each flag does, and what is said about it.

use std::fs;

use serde_json::{Value, json};

use crate::place::{Place, object};

fn servers() -> Value {
    json!([
        {"name": "alpha", "command": "sh", "description": "A", "installRef": "ref:alpha"},
        {"name": "beta", "command": "no-such-program-here"},
        {"name": "gamma", "command": "sh", "args": ["{{SECRET}}"]},
    ])
}

fn good() -> Value {
    json!([{"name": "alpha", "command": "sh", "description": "A", "installRef": "ref:alpha"}])
}

#[test]
fn one_bad_server_does_not_stop_the_others() {
    let place = Place::new(servers());
    let finished = place.install(&["--format", "json"]).expect(1).says(&[
        "[bundle] installing alpha\n[bundle] alpha updated (template, overrides) in 0.",
        "beta failed: its command no-such-program-here is not on PATH (install no-such-program",
        "gamma failed: the placeholder {{SECRET}} has no value (add SECRET=… to .env",
        "Installed: alpha\n",
        "Errors:\n  - beta: ",
    ]);
    let object = object(&finished);
    assert_eq!(
        (&object["installed"], &object["errors"][1]["name"]),
        (&json!(["alpha"]), &json!("gamma"))
    );
    assert_eq!(object["installRefs"], json!({"registered": ["ref:alpha"], "reused": []}));
    for key in ["skipped", "removed", "overlays", "commands"] {
        assert!(object[key].is_array(), "no {key}: {object}");
    }
    assert!(finished.stderr.lines().all(|line| !line.contains('\u{1b}')), "{}", finished.stderr);
}

#[test]
fn a_second_run_says_so_for_each_server_and_changes_nothing() {
    let place = Place::new(good());
    place.install(&[]).expect(0);
    let before = fs::read(place.home().join("bundle_installs.json")).unwrap();
    let again = place.install(&["--format", "json"]).expect(0);
    let again = again.says(&["[bundle] alpha already up to date in 0."]);
    assert_eq!(object(&again)["overlays"], json!([]));
    assert_eq!(fs::read(place.home().join("bundle_installs.json")).unwrap(), before);
}

#[test]
fn an_env_file_gives_values() {
    let place = Place::new(json!([{"name": "gamma", "command": "sh", "args": ["{{SECRET}}"]}]));
    let file = place.sandbox.cwd().join("values");
    fs::write(&file, "SECRET=s\n").unwrap();
    place.install(&[]).expect(1);
    place.install(&["--env-file", file.as_str()]).expect(0);
    let missing = place.install(&["--env-file", "/none"]).expect(2);
    missing.says(&["error: /none: there is no such file; correct --env-file [config-invalid]"]);
}

#[test]
fn one_server_can_be_chosen_by_its_name_alone() {
    let place = Place::new(servers());
    place.install(&["--server", "alpha"]).expect(0).says(&["alpha updated"]);
    let finished = place.install(&["--server", "alhpa"]).expect(2);
    let finished = finished.says(&["there is no server \"alhpa\"", "did you mean alpha"]);
    assert!(finished.stdout.is_empty());
}

#[test]
fn a_dry_run_shows_a_diff_and_writes_nothing() {
    let place = Place::new(good());
    let finished = place.install(&["--dry-run"]).expect(0).says(&["Would change: "]);
    let overlay = place.home().join("proxy.template.local.json");
    let head = format!("--- /dev/null\n+++ {overlay}\n@@ -0,0 +1");
    assert!(finished.stdout.contains(&head), "{}", finished.stdout);
    assert!(finished.stdout.contains("+    \"alpha\": {"));
    assert!(!place.home().exists());
}

#[test]
fn force_replaces_a_clash_and_keeps_a_copy() {
    let place = Place::new(good());
    fs::create_dir(place.home()).unwrap();
    let own =
        r#"{"mine": 1, "mcpServers": {"zeta": {"command": "z"}, "alpha": {"command": "own"}}}"#;
    fs::write(place.home().join("proxy.template.local.json"), own).unwrap();
    place.install(&[]).expect(1).says(&["set up differently", "--force"]);
    let finished = place.install(&["--force", "--format", "json"]).expect(0);
    let backups = object(&finished)["backups"].clone();
    assert_eq!(fs::read_to_string(backups[0].as_str().unwrap()).unwrap(), own);
    let overlay = place.json("proxy.template.local.json");
    assert_eq!(
        (&overlay["mine"], &overlay["mcpServers"]["alpha"]["command"]),
        (&json!(1), &json!("sh"))
    );
}

#[test]
fn what_was_installed_is_listed_and_removed() {
    let place = Place::new(servers());
    place.install(&[]).expect(1);
    let listed = place.install(&["--list"]).expect(0).stdout;
    assert_eq!(listed, "alpha  installed      A\nbeta   not installed\ngamma  not installed\n");
    let json = object(&place.install(&["--list", "--format", "json"]).expect(0));
    assert_eq!(json["servers"][0]["state"], "installed");
    let removed = place.install(&["--remove", "--format", "json"]).expect(0);
    assert_eq!(object(&removed)["removed"], json!(["alpha"]));
    assert_eq!(place.json("proxy.template.local.json"), json!({"mcpServers": {}}));
    assert_eq!(place.json("bundle_installs.json")["installs"], json!({}));
    assert!(!place.home().join("bundles/pack").exists());
}
