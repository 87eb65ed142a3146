import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { WagmiProvider } from "wagmi";
import { StartFailure } from "./app/StartFailure.tsx";
import { applyTheme } from "./app/theme.ts";
import { loadConfig, useAsConfig } from "./config.ts";
import { createAppRouter } from "./router.tsx";
import { createWagmiConfig } from "./wallet/createWagmiConfig.ts";
import "./styles.css";

const CONFIG_DEADLINE_MS = 10_000;

async function start(root: Root): Promise<void> {
  applyTheme();
  try {
    const config = await loadConfig(AbortSignal.timeout(CONFIG_DEADLINE_MS));
    useAsConfig(config);
    const wagmi = createWagmiConfig(config);
    const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 1_000, refetchOnWindowFocus: true } } });
    root.render(
      <StrictMode>
        <CSPProvider disableStyleElements>
          <WagmiProvider config={wagmi}>
            <QueryClientProvider client={queries}>
              <RouterProvider router={createAppRouter()} />
            </QueryClientProvider>
          </WagmiProvider>
        </CSPProvider>
      </StrictMode>,
    );
  } catch (error) {
    root.render(<StartFailure error={error as Error} />);
  }
}

await start(createRoot(document.getElementById("root") as HTMLElement));
