//! What every package has in it: the programs, the licences of all that is linked, and the bill of materials.

use std::fs;

use anyhow::{Context, Result};

use crate::built::{self, Program};
use crate::linked::Linked;
use crate::project::Project;
use crate::{bill, licences};

/// The licences of this project, at its root.
const OWN: [&str; 3] = ["LICENSE", "LICENSE-APACHE", "LICENSE-MIT"];
/// The licences of everybody else.
pub const OTHERS: &str = "THIRD-PARTY-LICENSES.md";
/// The bill of materials, in the form of CycloneDX.
pub const BILL: &str = "clone-smoke.cdx.json";

/// What every package has in it.
pub struct Content {
    /// The programs.
    pub programs: Vec<Program>,
    /// Texts of licences by their names, ours first.
    pub licences: Vec<(&'static str, String)>,
    /// The bill of materials.
    pub bill: String,
}

impl Content {
    /// Builds the programs with this profile of cargo, and asks cargo what is linked.
    ///
    /// # Errors
    /// Something cannot be built or read, or a linked package does not say its licence.
    pub fn gather(project: &Project, profile: &str) -> Result<Self> {
        let linked = Linked::of(project)?;
        let read = |name| {
            let path = project.root.join(name);
            fs::read_to_string(&path)
                .map(|text| (name, text))
                .with_context(|| format!("read {path}"))
        };
        let mut licences = OWN.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        licences.push((OTHERS, licences::text(&linked, &licences)?));
        let bill = bill::text(&linked, project);
        Ok(Self { programs: built::build(project, profile)?, licences, bill })
    }
}
