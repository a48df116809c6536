//! The report in a real browser.

use std::process::Command;

use serde_json::json;
use smoke_tests::tiny::{small, tiny};
use smoke_tests::{Sandbox, skipped};

const BROWSERS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn browser() -> Option<&'static str> {
    let runs = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    BROWSERS.iter().find(runs).copied()
}

#[test]
fn a_browser_shows_the_report_without_a_complaint_and_runs_its_script() {
    let Some(browser) = browser() else { return skipped("there is no chromium to be had") };
    let sandbox = Sandbox::new();
    let hostile =
        "</script><script>document.title='taken over'</script><img src=http://127.0.0.1:1/>";
    let stage = format!(
        "\n[[check]]\nname = \"loud\"\ncommand = [\"echo\", {0}]\n\
         [[stage]]\nname = \"talk\"\n[[stage.call]]\ntool = \"say\"\narguments = {{ text = {0} }}\n",
        json!(hostile)
    );
    let source = tiny(&sandbox, &format!("{}{stage}", small(&["say"])), &[]);
    let finished = sandbox.xtask(&["smoke", "--source", source.path().as_str()]).expect(0);
    let profile = tempfile::tempdir().unwrap();
    let shown = Command::new(browser)
        .args("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split(' '))
        .args("--disable-background-networking --disable-component-update".split(' '))
        .args("--disable-sync --enable-logging=stderr --dump-dom --timeout=20000".split(' '))
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", finished.folder().join("report.html")))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&shown.stderr);
    // What the page's own policy refuses, such as a request, is a complaint too.
    let complaints: Vec<&str> = said.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    let page = String::from_utf8_lossy(&shown.stdout);
    assert!(page.contains("<title>passed: tiny"), "{page}\n{said}");
    assert!(page.contains("role=\"search\">"), "the script, which shows the search, did not run");
    assert_eq!(page.matches("<script").count(), 1, "{page}");
}
