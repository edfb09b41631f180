/** The word that the executable is called with to look at a password or an account. People need not say it. */
export const loginWord = "answer-login";
/** The name by which PAM knows what is asked for Haven: the file /etc/pam.d/haven. */
export const pamService = "haven";
