//! `client-repo`: the empty repository that an agent works in.

use std::fs;

use smoke_core::cause::{Cause, Code};

use crate::context::Context;
use crate::step::{Done, Step};

/// Makes the repository. No template is used: one of the user's may bring hooks along.
pub fn init(context: &Context, step: &Step) -> Result<Done, Cause> {
    let folder = &context.paths.client_repo;
    fs::create_dir_all(folder).map_err(|error| {
        let summary = format!("cannot make {folder}: {error}");
        Cause::new(Code::Internal, summary, "look at the workspace")
    })?;
    let init = ["git", "init", "--quiet", "--template=", "."].map(str::to_owned);
    step.check(&init, folder, &context.environment, Code::CheckFailed)?;
    Ok(Done::ONCE)
}
