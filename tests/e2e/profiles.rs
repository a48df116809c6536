//! Profiles that are wrong: file, line and the nearest valid name.

use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Sandbox};

fn run(profile: &str, arguments: &[&str]) -> Finished {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, profile, &[]);
    let finished =
        sandbox.xtask(&[&["smoke", "--source", source.path().as_str()], arguments].concat());
    assert_eq!(finished.record["workspace"], "", "{}", finished.shown());
    finished
}

#[test]
fn a_misspelt_key_is_named_with_its_line_and_the_nearest_one() {
    let profile = small(&["say"]).replace("server =", "sever =");
    let finished = run(&profile, &[]).expect(2).caused_by("config-invalid");
    finished.says(&["smoke.toml:3:1:", "unknown key `sever`", "did you mean `server`?"]);
}

#[test]
fn a_wrong_type_is_named_with_its_line() {
    let profile = small(&["say"]).replace("tools = [\"say\"]", "tools = 3");
    run(&profile, &[]).expect(2).caused_by("config-invalid").says(&["smoke.toml:5:"]);
}

#[test]
fn text_that_is_no_toml_is_named_with_its_line() {
    let finished = run("name = \"tiny\"\n[gateway\n", &[]);
    finished.expect(2).caused_by("config-invalid").says(&["smoke.toml:2:"]);
}

#[test]
fn a_placeholder_without_a_value_is_named() {
    let profile = small(&["say"]).replace("{{PROXY_PORT}}", "{{NO_SUCH_KEY}}");
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &format!("{profile}{TALK}"), &[]);
    let finished = sandbox.xtask(&["smoke", "--source", source.path().as_str()]);
    finished.expect(2).caused_by("config-invalid").says(&["NO_SUCH_KEY", "smoke.toml"]);
}

#[test]
fn a_profile_that_does_not_exist_is_named_with_the_nearest_one() {
    let finished = run(&small(&["say"]), &["--profile", "embeded"]);
    finished.expect(2).caused_by("config-invalid").says(&["did you mean `embedded`?"]);
}

#[test]
fn a_stage_that_does_not_exist_is_named_with_the_nearest_one() {
    let profile = format!("{}{TALK}", small(&["say"]));
    let finished = run(&profile, &["--manual-stage", "tlak"]);
    finished.expect(2).caused_by("config-invalid").says(&["did you mean `talk`?"]);
}

#[test]
fn a_deadline_for_a_step_that_does_not_exist_is_named_with_the_nearest_one() {
    let profile = format!("{}[deadlines]\nredy = \"1s\"\n", small(&["say"]));
    let finished = run(&profile, &[]).expect(2).caused_by("config-invalid");
    finished.says(&["smoke.toml", "did you mean `ready`?"]);
}
