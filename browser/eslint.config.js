import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import vue from "eslint-plugin-vue";
import typescript from "typescript-eslint";

export default typescript.config(
  { ignores: ["node_modules/**", "dist/**", "public/**"] },
  js.configs.recommended,
  ...typescript.configs.strict,
  ...vue.configs["flat/recommended"],
  {
    files: ["**/*.vue"],
    languageOptions: { parserOptions: { parser: typescript.parser } },
  },
  {
    rules: {
      "no-undef": "off",
      "max-lines": ["error", 600],
      "no-eval": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "vue/multi-word-component-names": "off",
      "vue/no-v-html": "error",
      "vue/require-default-prop": "off",
    },
  },
  prettier,
);
