/** Times that the issuer holds to, in seconds. */

/** How far behind another replica's change of the keys this one may be. */
export const REFRESH_SECONDS = 5;

/** Twelve refreshes, so that replicas may miss some and clocks may differ. */
export const SPREAD_SECONDS = 60;

/** AWS accepts a token for 300 s past its `exp`. */
export const LEEWAY_SECONDS = 300;
