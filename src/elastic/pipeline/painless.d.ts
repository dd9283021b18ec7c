declare module "*.painless" {
  const text: string;
  export default text;
}
