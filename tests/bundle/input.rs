//! Wrong input of every kind: refused with its place, before anything is written.

use std::fs;
use std::os::unix::ffi::OsStrExt;

use serde_json::json;

use crate::place::{Place, object};

#[test]
fn wrong_catalogs_are_refused_where_they_are_wrong() {
    let deep = format!("{{\"servers\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: [(&[u8], &str); 14] = [
        (b"{\n  \"name\": oops\n}", "catalog.json:2:11: not valid JSON: expected value"),
        (b"[]", "catalog.json:1:1: expected a JSON object, found an array"),
        (b"", "catalog.json:1:1: not valid JSON"),
        (b"{\"name\": \"\xff\"}", "catalog.json:1:11: this is not UTF-8"),
        (b"{\"servers\": {}}", "catalog.json:1:13: servers: expected an array, found an object"),
        (
            b"{\"servers\": [1]}",
            "catalog.json:1:14: servers[0]: expected an object, found a number",
        ),
        (
            b"{\"servers\": [{\"name\": 1}]}",
            "catalog.json:1:23: servers[0].name: expected a string",
        ),
        (
            b"{\"servers\": [{\"name\": \"a\"},\n{\"name\": \"a\"}]}",
            "catalog.json:2:10: servers[1].name: the name \"a\" is there twice",
        ),
        (
            b"{\"servers\": [{\"name\": \"a/b\"}]}",
            "catalog.json:1:23: servers[0].name: the name \"a/b\" contains a slash",
        ),
        (b"{\"servers\": [{\"name\": \"a\\u001b[31m\"}]}", "contains a control character"),
        (b"{\"servers\": [{\"name\": \"..\"}]}", "starts with a dot"),
        (
            b"{\"schemaVersion\": 99}",
            "catalog.json:1:19: schemaVersion: 99 is not known; this program knows 1",
        ),
        (
            b"{\"toolAggregations\": {\"aggregations\": {}}}",
            "catalog.json:1:39: toolAggregations.aggregations: expected an array",
        ),
        (deep.as_bytes(), "recursion limit exceeded"),
    ];
    for (text, expected) in cases {
        let place = Place::with_catalog(text);
        let finished =
            place.install(&["--format", "json"]).expect(2).says(&[expected, "[bundle-invalid]"]);
        assert!(!finished.stderr.contains('\u{1b}'));
        let error = &object(&finished)["errors"][0];
        assert_eq!((&error["name"], &error["code"]), (&json!(null), &json!("bundle-invalid")));
        assert!(!place.home().exists(), "something was written for {expected}");
    }
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    let place =
        Place::with_catalog("\u{feff}{\"servers\": [{\"name\": \"a\", \"command\": \"sh\"}]}");
    place.install(&[]).expect(0).says(&["a updated (template)"]);
}

#[test]
fn a_bundle_that_is_not_there_is_named() {
    let place = Place::new(json!([]));
    let finished = place.install_from(&place.pack().join("none"), &[]).expect(2);
    finished.says(&["pack/none: there is no such bundle", "[bundle-missing]"]);
    let empty = place.sandbox.cwd().join("empty");
    fs::create_dir(&empty).unwrap();
    place.install_from(&empty, &[]).expect(2).says(&["has no catalog.json"]);
}

#[test]
fn refs_that_lead_in_a_circle_are_refused() {
    let place = Place::new(json!([]));
    let (one, two) = (place.pack().join("one.json"), place.pack().join("two.json"));
    fs::write(&one, r#"{"bundleRef": "two.json"}"#).unwrap();
    fs::write(&two, r#"{"bundleFolder": "one.json"}"#).unwrap();
    place.install_from(&one, &[]).expect(2).says(&["leads in a circle: "]);
}

#[test]
fn a_hundred_megabytes_are_refused_at_once() {
    let place = Place::new(json!([]));
    let catalog = fs::File::create(place.pack().join("catalog.json")).unwrap();
    catalog.set_len(100 << 20).unwrap();
    place.install(&[]).expect(2).says(&["catalog.json: larger than the 64 MiB"]);
    assert!(!place.home().exists());
}

#[test]
fn wrong_files_of_the_config_home_are_left_as_they_are() {
    for (name, text, expected) in [
        (
            "proxy.template.local.json",
            "{\"mcpServers\":\n {\"a\": 1}}",
            ":2:8: mcpServers.a: expected an object",
        ),
        (
            "tool_overrides.json",
            "{\"servers\": []}",
            ":1:13: servers: expected an object, found an array",
        ),
        (
            "bundle_installs.json",
            "{\n\"schemaVersion\": 3}",
            ":2:18: schemaVersion: 3 is not known",
        ),
        ("tool_overrides.json", "{", ":1:1: not valid JSON"),
    ] {
        let place = Place::new(json!([{"name": "a", "command": "sh"}]));
        fs::create_dir(place.home()).unwrap();
        fs::write(place.home().join(name), text).unwrap();
        let finished = place.install(&["--force"]).expect(2).says(&[&format!("{name}{expected}")]);
        assert_eq!(fs::read_to_string(place.home().join(name)).unwrap(), text);
        assert!(!place.home().join("bundles").exists(), "{}", finished.shown());
    }
}

#[test]
fn an_argument_that_is_not_utf8_is_wrong_usage() {
    let place = Place::new(json!([]));
    let mut command = place.sandbox.command(smoke_tests::binaries::binaries().xtask.as_str());
    command.args(["bundle-install", "--bundle"]).arg(std::ffi::OsStr::from_bytes(b"\xff"));
    place.sandbox.run(command).finish().expect(2);
}
