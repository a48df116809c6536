//! `client-repo`: the empty repository that an agent works in.

use std::fs;

use smoke_core::cause::{Cause, Code};
use smoke_core::remove;

use crate::context::Context;
use crate::step::{Done, Step};

/// Makes the repository. In a kept workspace that of the run before goes first: git refuses one that it was
/// interrupted in. No template is used: one of the user's may bring hooks along.
pub fn init(context: &Context, step: &Step) -> Result<Done, Cause> {
    let folder = &context.paths.client_repo;
    let emptied = fs::create_dir_all(folder).and_then(|()| remove::all(&folder.join(".git")));
    emptied.map_err(|error| {
        let summary = format!("cannot make {folder}: {error}");
        Cause::new(Code::Internal, summary, "look at the workspace")
    })?;
    let init = ["git", "init", "--quiet", "--template=", "."].map(str::to_owned);
    step.check(&init, folder, &context.environment, Code::CheckFailed)?;
    Ok(Done::ONCE)
}
