//! The reasons of denials.

/// Why a request is denied: one word a client can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// No valid token.
    LoginRequired,
    /// Only products or tiers are missing.
    UpgradeRequired,
    /// A second factor is missing.
    MfaRequired,
    /// A verified e-mail address is missing.
    VerificationRequired,
    /// Nothing the user could change would help.
    Forbidden,
    /// No route of the policy covers the request.
    NoRoute,
    /// The request is not well formed.
    MalformedPath,
}

impl Reason {
    /// All reasons, in the order the documentation lists them.
    pub const ALL: [Self; 7] = [
        Self::LoginRequired,
        Self::UpgradeRequired,
        Self::MfaRequired,
        Self::VerificationRequired,
        Self::Forbidden,
        Self::NoRoute,
        Self::MalformedPath,
    ];

    /// The word used in policies, answers and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginRequired => "login_required",
            Self::UpgradeRequired => "upgrade_required",
            Self::MfaRequired => "mfa_required",
            Self::VerificationRequired => "verification_required",
            Self::Forbidden => "forbidden",
            Self::NoRoute => "no_route",
            Self::MalformedPath => "malformed_path",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
