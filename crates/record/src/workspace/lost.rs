//! Lost workspaces: something else took one away, or the marker that says that it is ours.

use std::fs;

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};

use super::is_marked;

/// `cause`, unless a step could not but fail because its workspace is gone.
pub fn behind_lost(cause: Cause, workspace: &Utf8Path) -> Cause {
    if is_marked(workspace) || cause.code == Code::Interrupted {
        return cause;
    }
    let summary = format!("something else removed the workspace {workspace} during the run");
    let next = "see what deletes folders of this name, such as another harness of the same stack";
    let first = format!("{}: {}", cause.code.as_str(), cause.summary);
    let evidence = cause.evidence.clone();
    let told = Cause { summary, next: next.to_owned(), evidence: Vec::new(), ..cause };
    told.evidence([first]).evidence(evidence)
}

/// The cause when the workspace cannot be removed at the end.
pub fn lost(workspace: &Utf8Path) -> Cause {
    let (summary, next) = match fs::symlink_metadata(workspace) {
        Ok(_) => ("lost its marker, and so is not deleted", "look at it, then delete it by hand"),
        Err(_) => {
            ("was moved or removed by something else", "look beside it for what is left of it")
        }
    };
    let login = workspace.join("codex-home").is_dir();
    let login = login.then(|| "codex-home in it may hold a login".to_owned());
    Cause::new(Code::Leak, format!("the workspace {workspace} {summary}"), next).evidence(login)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::MARKER;

    #[test]
    fn a_step_whose_workspace_is_gone_failed_for_that() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Utf8Path::from_path(folder.path()).unwrap();
        let cause = || Cause::new(Code::GatewayCrashed, "it is gone", "look");
        let told = behind_lost(cause(), workspace);
        assert!(told.summary.starts_with("something else removed the workspace"), "{told:?}");
        assert_eq!(
            (told.code, &*told.evidence[0]),
            (Code::GatewayCrashed, "gateway-crashed: it is gone")
        );
        fs::write(workspace.join(MARKER), "{}").unwrap();
        assert_eq!(behind_lost(cause(), workspace), cause());
    }
}
