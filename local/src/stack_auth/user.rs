//! Users and teams as the API writes them.

use serde_json::{Map, Value, json};

use super::access_token::{SIGNED_UP_AT, requires_totp, restricted_reason};
use super::caller::Access;
use crate::users::{Team, User};

/// Members of a user that a client does not see.
const SERVER_ONLY: [&str; 6] = [
    "country_code",
    "last_active_at_millis",
    "primary_email_auth_enabled",
    "restricted_by_admin_private_details",
    "risk_scores",
    "server_metadata",
];
/// Members of a team that a client does not see.
const TEAM_SERVER_ONLY: [&str; 2] = ["created_at_millis", "server_metadata"];

/// A user, with all that this access may see.
pub(super) fn user_json(user: &User, access: Access) -> Value {
    let reason = restricted_reason(user);
    let by_admin = reason.get("type") == Some(&"restricted_by_administrator".into());
    let selected = user.selected_team.as_deref().and_then(|id| user.team(id));
    let providers: Vec<Value> = user
        .oauth_provider
        .iter()
        .map(|id| json!({ "id": id, "account_id": format!("{id}-{}", user.id), "email": user.email }))
        .collect();
    let millis = SIGNED_UP_AT * 1000;
    let mut members = object(json!({
        "id": user.id,
        "display_name": user.name,
        "primary_email": user.email,
        "primary_email_verified": user.has_verified_email(),
        "primary_email_auth_enabled": user.email.is_some(),
        "profile_image_url": user.picture,
        "auth_with_email": user.email.is_some() && providers.is_empty(),
        "has_password": user.email.is_some() && providers.is_empty(),
        "otp_auth_enabled": false,
        "passkey_auth_enabled": false,
        "requires_totp_mfa": requires_totp(user),
        "is_anonymous": user.anonymous,
        "is_restricted": !reason.is_null(),
        "restricted_reason": reason,
        "restricted_by_admin": by_admin,
        "restricted_by_admin_reason": null,
        "restricted_by_admin_private_details": null,
        "client_metadata": user.client_metadata,
        "client_read_only_metadata": user.client_read_only_metadata,
        "server_metadata": user.server_metadata,
        "selected_team_id": user.selected_team,
    }));
    members.extend(object(json!({
        "selected_team": selected.map(|team| team_json(team, access)),
        "oauth_providers": providers,
        "signed_up_at_millis": millis,
        "last_active_at_millis": millis,
        "country_code": null,
        "risk_scores": { "sign_up": { "bot": 0, "free_trial_abuse": 0 } },
    })));
    if access == Access::Client {
        members.retain(|name, _| !SERVER_ONLY.contains(&name.as_str()));
    }
    Value::Object(members)
}

/// A team, with all that this access may see.
pub(super) fn team_json(team: &Team, access: Access) -> Value {
    let mut members = object(json!({
        "id": team.id,
        "display_name": team.display_name(),
        "profile_image_url": null,
        "client_metadata": null,
        "client_read_only_metadata": null,
        "server_metadata": null,
        "created_at_millis": SIGNED_UP_AT * 1000,
    }));
    if access == Access::Client {
        members.retain(|name, _| !TEAM_SERVER_ONLY.contains(&name.as_str()));
    }
    Value::Object(members)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
