//! What a first profile costs in a large repository, against git's own list of its files.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::goal::Goal;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// Times a draft and `git ls-files`, in pairs.
pub const BENCH: Bench = Bench {
    name: "draft",
    summary: "smoke --init --no-try against git ls-files, in a repository of 200,000 files",
    rounds: 30,
    goals: &[Goal::at_most("draft of git ls-files", 2.0)],
    needs: &[("smoke", &["--no-try"])],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let source = large(subject)?;
    Ok(Box::new(move |round| {
        let (draft, list) = if round.is_multiple_of(2) {
            let draft = draft(subject, &source)?;
            (draft, list(subject, &source)?)
        } else {
            let list = list(subject, &source)?;
            (draft(subject, &source)?, list)
        };
        Ok(vec![
            Sample::milliseconds("draft", draft),
            Sample::milliseconds("git ls-files", list),
            Sample::ratio("draft of git ls-files", draft, list),
        ])
    }))
}

/// A server among 200,000 files, which only git's index knows: nobody reads them.
fn large(subject: &Subject) -> Result<Utf8PathBuf> {
    let place = &subject.place;
    let package = r#"{"name": "large-mcp", "bin": "server.js"}"#;
    let files = [("package.json", package), ("server.js", ""), (".gitignore", "node_modules\n")];
    let source = place.repository("large", &files)?;
    let fill = "blob=$(git hash-object -w --stdin </dev/null); seq 200000 | \
                awk -v blob=$blob '{printf \"100644 %s 0\\tsrc/%03d/file_%06d.txt\\n\", blob, $1 % 500, $1}' | \
                git update-index --index-info";
    place.run(&["sh", "-c", fill], &source)?;
    Ok(source)
}

fn draft(subject: &Subject, source: &Utf8Path) -> Result<f64> {
    let profile = source.join("smoke.toml");
    let _ = fs::remove_file(&profile);
    let words =
        [subject.program.path.as_str(), "smoke", "--init", "--no-try", "--source", source.as_str()];
    let cost = subject.place.run(&words, &subject.program.checkout)?;
    fs::metadata(&profile).with_context(|| format!("find {profile}"))?;
    Ok(cost.seconds)
}

fn list(subject: &Subject, source: &Utf8Path) -> Result<f64> {
    Ok(subject.place.run(&["git", "ls-files"], source)?.seconds)
}
