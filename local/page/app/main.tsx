// Where the page begins.

import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import "./theme.css";
import "./layout.css";
import "./block-kit/block-kit.css";
import "./workspace/workspace.css";
import "./access/access.css";
import "./stage/stage.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(<App />);
