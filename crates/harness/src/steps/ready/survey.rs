//! The survey of the gateway and of the servers behind it, over all waits of the step.

use smoke_core::cause::Cause;
use smoke_mcp::endpoint::Endpoint;
use smoke_record::event::Event;
use smoke_record::run_record::Gateway;

use crate::context::Context;
use crate::roles::gateway;
use crate::roles::supervisor::Supervisor;
use crate::servers::{self, Inquiry};
use crate::step::Step;

/// The gateway that is waited for, and what was learnt of it.
pub struct Survey<'a> {
    /// The run.
    pub context: &'a Context,
    /// The step.
    pub step: &'a Step,
    /// What keeps the gateway running.
    pub supervisor: &'a dyn Supervisor,
    /// How it is reached.
    pub endpoint: Endpoint,
    /// What it is waited for.
    pub purpose: Purpose,
    /// What was seen of it.
    pub seen: Gateway,
    /// How often it was asked.
    pub attempts: usize,
    /// The look at the servers behind it, which goes on beside the attempts.
    inquiry: Option<Inquiry>,
}

/// What the gateway is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To serve.
    Service,
    /// It is known to fail, and was started again without the servers that it fell over, to see what
    /// else is wrong.
    Diagnosis,
}

impl<'a> Survey<'a> {
    /// Nothing is known yet.
    ///
    /// # Errors
    /// The profile does not say how the gateway is reached.
    pub fn new(
        context: &'a Context,
        step: &'a Step,
        supervisor: &'a dyn Supervisor,
    ) -> Result<Self, Cause> {
        let (purpose, seen) = (Purpose::Service, Gateway::default());
        let endpoint = gateway::endpoint(context)?;
        let inquiry = None;
        Ok(Self { context, step, supervisor, endpoint, purpose, seen, attempts: 0, inquiry })
    }

    /// Begins to look at the servers behind the gateway, unless that is going on already.
    pub fn look(&mut self) {
        if self.inquiry.is_none() && self.purpose == Purpose::Service {
            self.inquiry = Some(servers::inquire(self.context, self.step));
        }
    }

    /// Takes in what the look has brought by now.
    pub fn glance(&mut self) {
        let Some(inquiry) = &mut self.inquiry else { return };
        if inquiry.collect(self.context, self.step) {
            servers::describe(self.context, inquiry, &mut self.seen);
        }
    }

    /// What the look brings in the end: what is known of the servers is true now.
    pub fn conclude(&mut self) {
        self.look();
        let Some(inquiry) = &mut self.inquiry else { return };
        inquiry.finish(self.context, self.step);
        servers::describe(self.context, inquiry, &mut self.seen);
        self.let_go();
    }

    /// Ends the look, of which nothing is wanted any more.
    pub fn let_go(&mut self) {
        self.inquiry.take().into_iter().for_each(Inquiry::end);
    }

    /// Whether all servers have been looked at.
    pub fn has_looked(&self) -> bool {
        self.inquiry.as_ref().is_some_and(Inquiry::is_over)
    }

    /// Ends the questions that are under way, and reports what was seen.
    pub fn report(&self) {
        let mut connection = self.context.connection();
        match self.endpoint {
            Endpoint::Http { .. } => connection.settle(),
            // A server that may run but once is started for whoever comes next.
            Endpoint::Stdio(_) => connection.close(),
        }
        drop(connection);
        self.step.emit(Event::GatewaySeen(self.seen.clone()));
    }

    /// Starts the gateway once more, where there is one.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start_again(&mut self) -> Result<(), Cause> {
        self.let_go();
        if !self.context.has_gateway() {
            return Ok(());
        }
        self.context.connection().close();
        self.supervisor.stop();
        self.supervisor.start(self.step)
    }
}
