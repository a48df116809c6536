//! `--inject`: plays a fault on the stack, so that people can see what it looks like.
//!
//! A fault is a change of what a run is asked to do, made before anything is planned. The programs that
//! misbehave in it are this one, under another name.

pub mod misbehave;
mod scene;
mod table;

use anyhow::{Result, anyhow};
use smoke_core::cause::Code;
use smoke_core::text::nearest::nearest;
use smoke_record::options::Options;
use smoke_record::plan::{self, Plan};
use smoke_record::profile::Profile;

use scene::Scene;
use table::FAULTS;

pub use scene::OtherRun;

/// A fault that can be played.
pub struct Fault {
    /// Its name on the command line.
    pub name: &'static str,
    /// What goes wrong.
    pub what: &'static str,
    /// The cause that the run must name.
    pub code: Code,
    /// Puts it into what the run is asked to do.
    play: fn(&mut Scene),
}

/// The fault of this name.
///
/// # Errors
/// There is none; the error names the nearest.
pub fn find(name: &str) -> Result<&'static Fault, String> {
    let names = || FAULTS.iter().map(|fault| fault.name);
    FAULTS.iter().find(|fault| fault.name == name).ok_or_else(|| match nearest(name, names()) {
        Some(near) => format!("no fault is named `{name}`; did you mean `{near}`?"),
        None => format!("no fault is named `{name}`; --inject list lists them"),
    })
}

/// All faults with what they are, a line for each.
pub fn list() -> String {
    let line =
        |fault: &Fault| format!("{:<22} {} [{}]\n", fault.name, fault.what, fault.code.as_str());
    FAULTS.iter().map(line).collect()
}

/// Plans a run in which the fault of this name is played, and puts it into what the run is asked to do. With the
/// plan comes the other run that uses the workspace, where that is the fault.
///
/// # Errors
/// There is no such fault, or the plan has nothing that the options ask for.
pub fn plan(
    name: &str,
    profile: &mut Profile,
    options: &mut Options,
) -> Result<(Plan, Option<OtherRun>)> {
    let fault = find(name).map_err(|message| anyhow!(message))?;
    let mut scene = Scene::new(profile, options);
    (fault.play)(&mut scene);
    let mut plan = plan::plan(scene.profile, scene.options)?;
    (scene.reorder)(&mut plan);
    Ok((plan, scene.other_run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_a_misspelt_one_is_answered_with_the_nearest() {
        for fault in FAULTS {
            assert_eq!(FAULTS.iter().filter(|other| other.name == fault.name).count(), 1);
        }
        let message = find("gateway-405").err().unwrap();
        assert!(message.contains("did you mean `gateway-40"), "{message}");
    }
}
