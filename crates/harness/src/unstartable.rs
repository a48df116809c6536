//! Programs that cannot be started: why, and who can mend it, whoever looks after the machine or whoever
//! commits to the repository.

use std::io;

use camino::Utf8Path;
use rustix::io::Errno;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::program;

use crate::missing;

/// What keeps a program from being started.
#[derive(Debug, PartialEq)]
pub struct Unstartable {
    /// One sentence.
    pub summary: String,
    /// What to do about it.
    pub next: String,
    /// Whether the machine lacks something; else the repository is at fault.
    lacking: bool,
}

impl Unstartable {
    /// The cause; `code` is for what is wrong with the repository.
    pub fn cause(self, code: Code) -> Cause {
        let code = if self.lacking { Code::PrerequisiteMissing } else { code };
        Cause::new(code, self.summary, self.next)
    }
}

/// What keeps `argv` from being started in `cwd`, which the system said with `error`. What lies in `workspace`
/// came with the repository.
pub fn explain(
    argv: &[String],
    cwd: &Utf8Path,
    workspace: &Utf8Path,
    environment: &Environment,
    error: &io::Error,
) -> Unstartable {
    fault(argv, cwd, workspace, environment).unwrap_or_else(|| {
        let name = argv.first().map(String::as_str).unwrap_or_default();
        let summary = format!("cannot start `{name}`: {error}");
        if error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error()) {
            let next = "begin a script with #!, or build the program for this machine".to_owned();
            return Unstartable { summary, next, lacking: false };
        }
        Unstartable { summary, next: missing::next(name), lacking: true }
    })
}

/// As [`explain`], as far as it can be seen without the error.
pub fn fault(
    argv: &[String],
    cwd: &Utf8Path,
    workspace: &Utf8Path,
    environment: &Environment,
) -> Option<Unstartable> {
    let name = argv.first().map(String::as_str).unwrap_or_default();
    // What is relative on PATH is seen from the folder too.
    let path = environment.get("PATH").unwrap_or_default().split(':');
    let path: Vec<String> = path.map(|place| cwd.join(place).into_string()).collect();
    let path = &path.join(":");
    let lacking = |summary: String, next: String| Unstartable { summary, next, lacking: true };
    let wrong = |summary: String, next: String| Unstartable { summary, next, lacking: false };
    if !cwd.is_dir() {
        let summary = format!("there is no folder {cwd} to start `{name}` in");
        let next = "correct `cwd` in the profile".to_owned();
        return Some(wrong(summary, next));
    }
    let file = if name.contains('/') { Some(cwd.join(name)) } else { program::find(name, path) };
    let Some(file) = file else {
        return Some(lacking(missing::summary(name), missing::next(name)));
    };
    if !file.exists() {
        let summary = format!("there is no {file} to start");
        if name.starts_with('/') && !file.starts_with(workspace) {
            let next = "put it there, or correct the command in the profile".to_owned();
            return Some(lacking(summary, next));
        }
        let next = "commit it, let a [[setup]] make it, or correct the command in the profile";
        return Some(wrong(summary, next.to_owned()));
    }
    if !program::is_executable(&file) {
        let summary = format!("{file} may not be executed");
        let next = format!("chmod +x {name}, and commit it; or let what makes it do so");
        return Some(wrong(summary, next));
    }
    let line = program::first_line(&file)?;
    if !line.starts_with("#!") {
        return is_text(&line).then(|| {
            let summary =
                format!("{file} is a script without a #! line, which nothing says how to run");
            let next = format!("begin it with #!, such as #!/usr/bin/env {}", language(&file));
            wrong(summary, next)
        });
    }
    if line.ends_with('\r') {
        let summary = format!(
            "the first line of {file} ends in a carriage return, which is part of the name there"
        );
        let next = "save it with line feeds alone; `*.sh text eol=lf` in .gitattributes keeps them";
        return Some(wrong(summary, next.to_owned()));
    }
    let interpreter = program::interpreter(&file)?;
    if program::find(&program::seen_from(cwd, &interpreter), path).is_some() {
        return None;
    }
    let summary = format!("{file} needs `{interpreter}`, which is not there");
    Some(lacking(summary, missing::next(&interpreter)))
}

/// Whether the beginning of a file is that of a text, which no system starts by itself.
fn is_text(line: &str) -> bool {
    let is_odd =
        |c: char| c == char::REPLACEMENT_CHARACTER || c.is_control() && !"\t\r".contains(c);
    !line.is_empty() && !line.contains(is_odd)
}

/// The program that runs a script, by its name.
fn language(file: &Utf8Path) -> &'static str {
    let file = file.canonicalize_utf8().unwrap_or_else(|_| file.to_owned());
    match file.extension() {
        Some("js" | "mjs" | "cjs" | "ts") => "node",
        Some("py") => "python3",
        _ => "sh",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use smoke_core::environment::Origin;

    use super::*;

    #[test]
    fn each_fault_is_told_with_who_can_mend_it() {
        let folder = tempfile::tempdir().unwrap();
        let clone = Utf8Path::from_path(folder.path()).unwrap();
        let mut environment = Environment::default();
        environment.set("PATH", "/usr/bin:/bin", Origin::Inherited);
        let script = |name: &str, text: &str, mode| {
            fs::write(clone.join(name), text).unwrap();
            fs::set_permissions(clone.join(name), fs::Permissions::from_mode(mode)).unwrap();
        };
        script("plain.sh", "#!/bin/sh\n", 0o644);
        script("returns.sh", "#!/bin/sh\r\n", 0o755);
        script("foreign.sh", "#!/opt/none/python3\n", 0o755);
        script("fine.sh", "#!/bin/sh\n", 0o755);
        script("none.js", "import x from 'y'\n", 0o755);
        script("program", "\u{7f}ELF\u{2}\n", 0o755);
        let told = |name: &str, cwd: &Utf8Path| {
            let told = fault(&[name.to_owned()], cwd, clone, &environment)?;
            let cause = told.cause(Code::SetupFailed);
            Some((cause.code, cause.summary, cause.next))
        };
        let table = [
            (
                "none-of-that",
                Code::PrerequisiteMissing,
                "no `none-of-that` on PATH",
                "install none",
            ),
            ("./none.sh", Code::SetupFailed, "there is no ", "commit it"),
            ("/none/x", Code::PrerequisiteMissing, "there is no /none/x", "put it there"),
            ("./plain.sh", Code::SetupFailed, "may not be executed", "chmod +x ./plain.sh"),
            ("./returns.sh", Code::SetupFailed, "carriage return", "eol=lf"),
            ("./none.js", Code::SetupFailed, "without a #! line", "#!/usr/bin/env node"),
            ("./foreign.sh", Code::PrerequisiteMissing, "needs `/opt/none/python3`", "Python 3"),
        ];
        for (name, code, summary, next) in table {
            let (found, said, then) = told(name, clone).unwrap();
            assert_eq!(found, code, "{said}");
            assert!(said.contains(summary) && then.contains(next), "{said}; {then}");
        }
        assert_eq!([told("./fine.sh", clone), told("./program", clone)], [None, None]);
        let (code, said, _) = told("sh", &clone.join("none")).unwrap();
        assert!(code == Code::SetupFailed && said.starts_with("there is no folder"), "{said}");
    }
}
