//! The outset: what is decided before the first step of the plan, and what follows from it.

use std::fmt::Display;

use anyhow::{Result, anyhow};
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::{Environment, Origin, Variable};
use smoke_core::stop::Stop;
use smoke_mcp::header;
use smoke_record::facts::Facts;
use smoke_record::folder::RunFolder;
use smoke_record::options::{Options, SupervisorKind};
use smoke_record::profile::{self, Profile, Transport};
use smoke_record::workspace::paths::Paths;

use super::{Context, Gateway, Held, Shared, Turn, secrets, variables};
use crate::caches::{builds, setups};
use crate::host::Fingerprint;

/// What is decided before the first step of the plan.
pub struct Outset {
    /// What tells the run from others.
    pub run: Facts,
    /// What it is asked to do.
    pub options: Options,
    /// The profile.
    pub profile: Profile,
    /// Where things are.
    pub paths: Paths,
    /// The run folder.
    pub folder: RunFolder,
    /// The environment that children get to begin with.
    pub environment: Environment,
    /// What the run holds until its end.
    pub held: Held,
    /// What a person's turn left.
    pub turn: Option<Turn>,
    /// The wish to stop.
    pub stop: Stop,
}

impl Outset {
    /// Puts together what follows from it.
    ///
    /// # Errors
    /// The profile is invalid, or names a variable that has no value.
    pub fn context(self) -> Result<Context, Cause> {
        let Self { run, options, profile, paths, folder, mut environment, held, turn, stop } = self;
        let invalid = |error: anyhow::Error| {
            Cause::new(Code::ConfigInvalid, format!("{error:#}"), "correct the profile")
        };
        let program = builds::program(&run, &profile, options.cold);
        // Where its builds go is for the clone to say: what a profile names is looked for there.
        let elsewhere = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"];
        elsewhere.iter().for_each(|key| environment.remove(key));
        variables::set(&mut environment, (&run, &options, &paths), program.as_deref());
        let places = setups::Places { run: &run, workspace: &paths.workspace, cold: options.cold };
        let setups = places.of_all(&profile, &mut environment).map_err(invalid)?;
        set_own(&profile, options.roles.supervisor, &mut environment).map_err(invalid)?;
        let headers = headers(&profile, &environment).map_err(invalid)?;
        let of_gateway = of_gateway(&profile, &environment).map_err(invalid)?;
        let mask = secrets::mask(&of_gateway, &headers, (&run, &options, &profile));
        Ok(Context {
            gateway: Gateway { program, headers, environment: of_gateway },
            host: Fingerprint::take(&Environment::inherited()),
            shared: Shared::default(),
            run,
            options,
            profile,
            paths,
            folder,
            environment,
            mask,
            setups,
            turn,
            held,
            stop,
        })
    }
}

/// Sets the profile's own variables.
fn set_own(
    profile: &Profile,
    supervisor: SupervisorKind,
    environment: &mut Environment,
) -> Result<()> {
    for (key, value) in &profile.env {
        let wrong = |why: &dyn Display| anyhow!("{}: [env] {key}: {why}", profile.path);
        if key == "PM2_HOME" && supervisor == SupervisorKind::Pm2 {
            return Err(wrong(&"the pm2 of a run has a home of its own"));
        }
        let value = profile::expand(value, environment).map_err(|unset| wrong(&unset))?;
        environment.set(key, value, Origin::Profile);
    }
    profile.secrets.iter().for_each(|key| environment.mark_secret(key));
    Ok(())
}

/// The variable that makes Python write at once, for logs that are read while they grow. Clients do not set it for
/// the servers that they speak with over input and output, and so would wait for what stays in a buffer.
const UNBUFFERED: &str = "PYTHONUNBUFFERED";

/// The environment of the gateway's processes: that of the run, and what only they get.
fn of_gateway(profile: &Profile, environment: &Environment) -> Result<Environment> {
    let mut own = environment.clone();
    let is_profiles = |(key, variable): (&str, &Variable)| {
        key == UNBUFFERED && variable.origin == Origin::Profile
    };
    let speaks = profile.gateway.own || profile.gateway.transport == Transport::Stdio;
    if speaks && !environment.iter().any(is_profiles) {
        own.remove(UNBUFFERED);
    }
    for (key, value) in &profile.gateway.env {
        let value = profile::expand(value, environment)
            .map_err(|unset| anyhow!("{}: [gateway] env {key}: {unset}", profile.path))?;
        own.set(key, value, Origin::Profile);
    }
    profile.secrets.iter().for_each(|key| own.mark_secret(key));
    Ok(own)
}

/// The headers for the gateway, as the profile says.
fn headers(profile: &Profile, environment: &Environment) -> Result<Vec<(String, String)>> {
    let header = |(name, value): &(String, String)| {
        let wrong =
            |why: &dyn Display| anyhow!("{}: [gateway] headers {name}: {why}", profile.path);
        let value = profile::expand(value, environment).map_err(|unset| wrong(&unset))?;
        match header::fault(name, &value) {
            Some(fault) => Err(wrong(&fault)),
            None => Ok((name.clone(), value)),
        }
    };
    profile.gateway.headers.iter().map(header).collect()
}
