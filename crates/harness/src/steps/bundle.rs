//! `bundle`: the servers of the bundle, with a line for each the moment it is handled.

use smoke_bundle::InstallOptions;
use smoke_core::cause::{Cause, Code};
use smoke_record::screen;

use super::clean;
use crate::context::Context;
use crate::step::{Done, Step};

/// Installs the bundle into the config home.
pub fn install(context: &Context, step: &Step) -> Result<Done, Cause> {
    let Some(spec) = &context.profile.bundle else { return Ok(Done::SKIPPED) };
    let path = context.paths.clone.join(context.expand(&spec.path)?);
    if !path.exists() {
        let summary = format!("the clone has no bundle at {}", spec.path);
        return Err(Cause::new(
            Code::BundleMissing,
            summary,
            "correct [bundle] path in the profile",
        ));
    }
    let bundle = smoke_bundle::read(&path)
        .map_err(|error| Cause::of(Code::BundleInvalid, &error, "correct the bundle"))?;
    let options = InstallOptions {
        force: context.options.workspace.force_bootstrap,
        ..InstallOptions::default()
    };
    let home = context.config_home();
    let lookup = |key: &str| context.lookup(key);
    let summary = smoke_bundle::install(&bundle, &home, &options, &lookup, &mut |event| {
        step.note(format!("[bundle] {event}"));
    });
    let summary = summary
        .map_err(|error| Cause::of(Code::ServerInstallFailed, &error, "correct the bundle"))?;
    check_servers(&summary, &spec.path)?;
    clean::check(context, step, "bundle")?;
    Ok(Done::ONCE)
}

fn check_servers(summary: &smoke_bundle::Summary, path: &str) -> Result<(), Cause> {
    let Some((name, refusal)) = summary.errors.first() else { return Ok(()) };
    let more = summary.errors.len() - 1;
    let others = if more == 0 {
        String::new()
    } else {
        format!(", and {} failed", screen::count(more, "more server"))
    };
    let sentence = format!("server {name} of {path} was not installed: {}{others}", refusal.reason);
    let evidence =
        summary.errors.iter().map(|(name, refusal)| format!("{name}: {}", refusal.reason));
    Err(Cause::new(Code::ServerInstallFailed, sentence, &refusal.remedy).evidence(evidence))
}
