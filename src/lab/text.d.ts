// Scripts that become part of the executable as text.
declare module "*.sh" {
  const text: string;
  export default text;
}

declare module "*.pl" {
  const text: string;
  export default text;
}

declare module "*/pam/haven" {
  const text: string;
  export default text;
}

declare module "*/haven-guest" {
  const text: string;
  export default text;
}
