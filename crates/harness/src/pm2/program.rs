//! The pm2 that a run calls, and whether this machine has it.

use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::program;

use crate::missing as words;

/// Looks for the program that `command` starts, and for the interpreter that its first line names.
///
/// # Errors
/// One of them is not there.
pub fn look_for(command: &[String], environment: &Environment) -> Result<(), Cause> {
    let (path, name) = (environment.get("PATH").unwrap_or_default(), command.first());
    let name = name.map(String::as_str).unwrap_or_default();
    let Some(file) = program::find(name, path) else {
        return Err(missing(words::summary(name)));
    };
    let Some(interpreter) = program::interpreter(&file) else { return Ok(()) };
    if program::find(&interpreter, path).is_some() {
        return Ok(());
    }
    let summary = format!("{file} needs `{interpreter}`, which is not there");
    Err(Cause::new(Code::PrerequisiteMissing, summary, words::next(&interpreter)))
}

/// The cause when pm2 is not there.
pub fn missing(summary: impl Into<String>) -> Cause {
    Cause::new(Code::PrerequisiteMissing, summary, words::next("pm2"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use camino::Utf8Path;
    use smoke_core::environment::Origin;

    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(folder.path()).unwrap().join("pm2");
        let mut environment = Environment::default();
        environment.set("PATH", format!("{}:/bin", folder.path().display()), Origin::Inherited);
        let look = |environment: &Environment| look_for(&["pm2".to_owned()], environment);
        let cause = look(&environment).unwrap_err();
        assert!(cause.summary.contains("`pm2`") && cause.next.contains("npm install"), "{cause:?}");
        for (first, fine) in
            [("#!/bin/sh", true), ("#!/usr/bin/env -S no-node --x", false), ("\u{7f}ELF", true)]
        {
            fs::write(&file, format!("{first}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
            assert_eq!(look(&environment).is_ok(), fine, "{first}");
        }
    }
}
