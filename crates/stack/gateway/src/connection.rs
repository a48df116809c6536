//! A live connection to one server, by pipes or by HTTP.

use std::time::Duration;

use rmcp::model::Tool;
use rmcp::service::{Peer, RoleClient};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::child::Child;

/// From a closed pipe to the exit that closed it.
pub const EXIT_LAG: Duration = Duration::from_secs(1);

/// A server that has been initialized.
pub struct Connection {
    /// What calls go through.
    pub peer: Peer<RoleClient>,
    /// Ends the service.
    pub cancel: CancellationToken,
    /// What goes on as long as the connection stands.
    pub service: JoinHandle<()>,
    /// The process behind it, if there is one.
    pub child: Option<Child>,
}

/// The tools that a server lists now.
///
/// # Errors
/// A failed or unfinished `tools/list`, in one sentence.
pub async fn tools(peer: &Peer<RoleClient>, bound: Duration) -> Result<Vec<Tool>, String> {
    match timeout(bound, peer.list_all_tools()).await {
        Ok(Ok(tools)) => Ok(tools),
        Ok(Err(error)) => Err(format!("tools/list failed: {error}")),
        Err(_) => Err(format!("no answer to tools/list within {} s", bound.as_secs_f64())),
    }
}

impl Connection {
    /// The process behind the connection, if there is one.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::pid)
    }

    /// Waits until the server has gone, and says how.
    pub async fn ended(&mut self) -> String {
        match &mut self.child {
            Some(child) => tokio::select! {
                how = child.exited() => how,
                _ = &mut self.service => match timeout(EXIT_LAG, child.exited()).await {
                    Ok(how) => how,
                    Err(_) => "closed its output".to_owned(),
                },
            },
            None => {
                let _ = (&mut self.service).await;
                "the connection closed".to_owned()
            }
        }
    }

    /// Closes the connection and ends the process behind it.
    pub async fn stop(self) {
        self.cancel.cancel();
        // The end of the service closes the server's stdin, which is how it learns of it.
        if !self.service.is_finished() {
            let _ = timeout(Duration::from_millis(300), self.service).await;
        }
        if let Some(child) = self.child {
            child.stop().await;
        }
    }
}
