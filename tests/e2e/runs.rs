//! What runs leave for later: reports, lists, comparisons.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Repository, Sandbox, sandbox, wait};

/// A check that fails every other time.
fn flaky(sandbox: &Sandbox) -> String {
    let file = sandbox.path().join("odd");
    let command = format!("if [ -e {file} ]; then rm {file}; else touch {file}; exit 1; fi");
    format!("[[check]]\nname = \"odd\"\ncommand = [\"sh\", \"-c\", {}]\n", json!(command))
}

fn flaky_stack(sandbox: &Sandbox) -> Repository<'_> {
    tiny(sandbox, &format!("{}{}{TALK}", small(&["say"]), flaky(sandbox)), &[])
}

fn smoke(sandbox: &Sandbox, source: &Repository, more: &[&str]) -> Finished {
    sandbox.xtask(&[&["smoke", "--source", source.path().as_str()], more].concat())
}

/// `text` however its columns are aligned.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn runs(sandbox: &Sandbox, arguments: &[&str]) -> Finished {
    sandbox.xtask(&[&["runs"], arguments].concat())
}

#[test]
fn a_flaky_stack_is_repeated_listed_compared_and_cleaned_away() {
    let sandbox = Sandbox::new();
    let source = flaky_stack(&sandbox);
    let finished = smoke(&sandbox, &source, &["--repeat", "4", "--format", "json"]).expect(1);
    let summary: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(summary["passed"], 2, "{summary:#}");
    assert_eq!(summary["failures"], json!({"check-odd [check-failed]": 2}));
    for run in summary["runs"].as_array().unwrap() {
        let folder = camino::Utf8PathBuf::from(run["run_folder"].as_str().unwrap());
        assert!(folder.join("report.html").exists() && folder.join("junit.xml").exists());
    }

    let listed = runs(&sandbox, &["--format", "json"]).expect(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let outcomes: Vec<&str> =
        listed.as_array().unwrap().iter().map(|run| run["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["passed", "failed", "passed", "failed"]);
    let stats = runs(&sandbox, &["stats"]).expect(0).stdout;
    assert!(stats.contains("2 of 4 runs passed (50 %)"), "{stats}");
    assert!(words(&stats).contains("check-odd 2/4 flaky"), "{stats}");

    let ids: Vec<&str> =
        listed.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect();
    let diff = runs(&sandbox, &["diff", ids[1], "latest"]).expect(0).stdout;
    assert!(words(&diff).contains("check-odd FAILED passed"), "{diff}");
    assert!(!diff.contains("SMOKE_WORKSPACE ") && !diff.contains("PROXY_PORT "), "{diff}");
    let log = runs(&sandbox, &["log", "--markdown"]).expect(0).stdout;
    assert_eq!(log.matches("FAILED at check-odd: check-failed |").count(), 2, "{log}");

    runs(&sandbox, &["clean", "--keep", "1", "--dry-run"]).expect(0);
    assert_eq!(fs::read_dir(sandbox.runs()).unwrap().count(), 4);
    runs(&sandbox, &["clean", "--keep", "1"]).expect(0);
    let left: Vec<_> = fs::read_dir(sandbox.runs()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].file_name().to_str(), Some(ids[0]));
    runs(&sandbox, &["clean"]).expect(2);
}

#[test]
fn a_run_that_goes_on_is_not_cleaned_away_and_a_killed_one_gets_its_report() {
    let sandbox = Sandbox::new();
    let begun = sandbox.path().join("begun");
    let check = format!("touch {begun}; exec sleep 600");
    let check =
        format!("[[check]]\nname = \"slow\"\ncommand = [\"sh\", \"-c\", {}]\n", json!(check));
    let source = tiny(&sandbox, &format!("{}{check}{TALK}", small(&["say"])), &[]);
    let port = sandbox::port().to_string();
    let run = sandbox.start(&["smoke", "--source", source.path().as_str(), "--port", &port]);
    wait::until("the check to begin", || begun.exists().then_some(()));
    runs(&sandbox, &["clean", "--keep", "0"]).expect(0).says(&["it goes on, or waits"]);
    run.signal(Signal::KILL);
    run.finish();
    let folder = fs::read_dir(sandbox.runs()).unwrap().flatten().next().unwrap().path();
    wait::until("the guard's report", || folder.join("report.html").exists().then_some(()));

    // The last line is cut short, as by a kill while it was written.
    let events = fs::read_to_string(folder.join("events.jsonl")).unwrap();
    fs::write(folder.join("events.jsonl"), &events[..events.len() - 40]).unwrap();
    fs::remove_file(folder.join("report.html")).unwrap();
    fs::create_dir(sandbox.runs().join("no-run")).unwrap();
    let id = folder.file_name().unwrap().to_str().unwrap();
    let again = runs(&sandbox, &["show", id, "--report"]).expect(0);
    assert_eq!(again.stdout.trim(), folder.join("report.html").to_str().unwrap());
    let html = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(html.contains("1 line of it could not be read"), "{html}");
    runs(&sandbox, &["list"]).expect(0).says(&["passed over", "no-run"]);
    wait::until("the guard's end", || {
        smoke_core::process::carrying("HOME", sandbox.home().as_str()).is_empty().then_some(())
    });
}

#[test]
fn a_report_holds_nothing_but_text_of_what_a_tool_says() {
    let sandbox = Sandbox::new();
    let hostile = "</script><script>alert(1)</script>\u{1b}[31m";
    let stage = format!(
        "\n[[stage]]\nname = \"talk\"\n[[stage.call]]\ntool = \"say\"\narguments = {{ text = {} }}\n",
        json!(hostile)
    );
    let source = tiny(&sandbox, &format!("{}{stage}", small(&["say"])), &[]);
    let finished = smoke(&sandbox, &source, &[]).expect(0);
    let (html, junit) = (finished.file("report.html"), finished.file("junit.xml"));
    assert_eq!(html.matches("<script").count(), 1);
    assert!(html.contains("&lt;script&gt;alert(1)"), "the call is shown");
    assert!(junit.starts_with("<?xml") && junit.contains("<testcase "), "{junit}");
    let record = &finished.record["stages"][0]["calls"][0];
    assert!(record["duration_ms"].is_u64(), "{record:#}");
}
