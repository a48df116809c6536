//! The report in a real browser.

use std::fs;
use std::process::Command;

use camino::Utf8Path;
use serde_json::json;
use smoke_tests::tiny::{small, tiny};
use smoke_tests::{Sandbox, skipped};

const BROWSERS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn browser() -> Option<&'static str> {
    let runs = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    BROWSERS.iter().find(runs).copied()
}

/// The page as the browser has it in the end, and what it said meanwhile.
fn shown(browser: &str, page: &Utf8Path) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let shown = Command::new(browser)
        .args("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split(' '))
        .args("--disable-background-networking --disable-component-update".split(' '))
        .args("--disable-sync --enable-logging=stderr --dump-dom --timeout=20000".split(' '))
        .args(["--allow-file-access-from-files", "--window-size=1200,900", "--hide-scrollbars"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&shown.stdout), text(&shown.stderr))
}

/// Nothing in the report is wider than a phone, and its pictures are those for one.
fn fits_a_phone(browser: &str, folder: &Utf8Path) {
    let frame = folder.join("phone.html");
    let page = "<iframe id=f width=360 height=640 src=report.html></iframe><script>
        f.onload = () => {
            const page = f.contentDocument;
            const wide = [page.documentElement, ...page.querySelectorAll('.wide, pre, svg')]
                .filter((part) => part.scrollWidth > part.clientWidth + 1);
            const broad = [...page.querySelectorAll('svg')].filter((svg) =>
                svg.classList.contains('broad') === (svg.getBoundingClientRect().width > 0));
            document.title = `wide ${wide.length}, broad ${broad.length}`;
        };
    </script>";
    fs::write(&frame, page).unwrap();
    let (page, said) = shown(browser, &frame);
    assert!(page.contains("<title>wide 0, broad 0</title>"), "{page}\n{said}");
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
    let (page, said) = shown(browser, &finished.folder().join("report.html"));
    // What the page's own policy refuses, such as a request, is a complaint too.
    let complaints: Vec<&str> = said.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert!(page.contains("<title>passed: tiny"), "{page}\n{said}");
    assert!(page.contains("role=\"search\">"), "the script, which shows the search, did not run");
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    fits_a_phone(browser, finished.folder());
}
