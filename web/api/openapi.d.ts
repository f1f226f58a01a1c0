// Made by `npm run api-types` from the OpenAPI document; not to be edited.
export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process lives */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HealthResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the controller can work, part by part; 503 when it cannot */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadyResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures for Prometheus */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": unknown;
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List sweeps */
        get: {
            parameters: {
                query?: {
                    project?: string;
                    state?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListSweepsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        /** Create a sweep */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateSweepRequest"];
                };
            };
            responses: {
                /** @description Done */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CreateSweepResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a sweep */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GetSweepResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Erase a sweep that has ended, with its runs */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RemoveResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause a sweep */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["ChangeSweepRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ChangeSweepResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a sweep */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["ChangeSweepRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ChangeSweepResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a sweep */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["ChangeSweepRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ChangeSweepResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a sweep */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["ChangeSweepRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ChangeSweepResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/edit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Edit the file of a sweep that is worked, or say what that would change */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["EditSweepRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EditSweepResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Allow a sweep more runs */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ExtendSweepRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EditSweepResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/enqueue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put configurations into the queue of a sweep */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EnqueueRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EnqueueResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Work failed and lost runs of a sweep again */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["RetryRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RetryResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The files that a sweep had */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListSpecVersionsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to a sweep itself, the newest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListEventsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/outlines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List sweeps with how each goes: best so far over time, hours, warnings */
        get: {
            parameters: {
                query?: {
                    project?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListOutlinesResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check the text of a sweep file, and draw configurations; nothing is kept */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ValidateSweepRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidateSweepResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List projects */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListProjectsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the runs of a sweep */
        get: {
            parameters: {
                query?: {
                    where?: string;
                    sort?: string;
                    limit?: number | null;
                    offset?: number | null;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListRunsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/best": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ranking of a sweep */
        get: {
            parameters: {
                query?: {
                    n?: number;
                    summary?: "best" | "last" | "min" | "max";
                    include?: "running";
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BestRunsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/stops": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What early termination stopped, and saved */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StopsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/outlook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When a sweep ends, whether it still improves, how sure its ranking is, what to try next */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OutlookResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/importance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What each parameter is worth to the metric, how sure that is, and rank correlations */
        get: {
            parameters: {
                query?: {
                    metric?: string;
                    where?: string;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ImportanceResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/surface": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a model makes of two parameters, over a grid of their values */
        get: {
            parameters: {
                query: {
                    x: string;
                    y: string;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SurfaceResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/curves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Learning curves of some runs, and the band of the others */
        get: {
            parameters: {
                query?: {
                    metric?: string;
                    runs?: string;
                    where?: string;
                    x?: "step" | "time";
                    points?: number;
                    band?: "rest" | "none";
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CurvesResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export runs and their history */
        get: {
            parameters: {
                query?: {
                    what?: "runs" | "history" | "all";
                    format?: "csv" | "json" | "jsonl" | "parquet";
                    where?: string;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": unknown;
                        "application/json": unknown;
                        "application/x-ndjson": unknown;
                        "application/vnd.apache.parquet": unknown;
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sweeps/{ref}/snapshot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All runs of a sweep in columns, for pages that follow the stream */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SweepSnapshot"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List runs */
        get: {
            parameters: {
                query?: {
                    project?: string;
                    group?: string;
                    outside?: "true" | "false";
                    where?: string;
                    sort?: string;
                    limit?: number | null;
                    offset?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListRunsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        /** Create a run outside a sweep */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateRunRequest"];
                };
            };
            responses: {
                /** @description Done */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GetRunResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a run */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GetRunResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Erase a run that has ended */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RemoveResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Edit tags, notes and name of a run */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["EditRunRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GetRunResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/runs/{ref}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the log of a run */
        get: {
            parameters: {
                query?: {
                    after?: string;
                    before?: string;
                    attempt?: number;
                    limit?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadLogsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the metrics of a run */
        get: {
            parameters: {
                query?: {
                    key?: string;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadMetricsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/provenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where an attempt of a run comes from */
        get: {
            parameters: {
                query?: {
                    attempt?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadProvenanceResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the machine of a run fared */
        get: {
            parameters: {
                query?: {
                    attempt?: number;
                    last?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadSystemResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a run; its values count as data */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["ChangeRunRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ChangeRunResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a run; its values do not count */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["ChangeRunRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ChangeRunResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/curves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The metrics of a run in few points */
        get: {
            parameters: {
                query?: {
                    key?: string;
                    points?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadCurvesResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Pictures, tables and histograms among the values of a run */
        get: {
            parameters: {
                query?: {
                    perKey?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadMediaResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the files of a run */
        get: {
            parameters: {
                query?: {
                    after?: string;
                    limit?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListFilesResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a file of a run, or show it if it is a picture */
        get: {
            parameters: {
                query: {
                    name: string;
                    inline?: "1";
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": unknown;
                        "image/png": unknown;
                        "image/jpeg": unknown;
                        "image/gif": unknown;
                        "image/webp": unknown;
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/artifacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The artifacts that a run made and used */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListRunArtifactsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/artifacts/{ref}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the files of an artifact */
        get: {
            parameters: {
                query?: {
                    after?: string;
                    limit?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListFilesResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/artifacts/{ref}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a file of an artifact, or show it if it is a picture */
        get: {
            parameters: {
                query: {
                    name: string;
                    inline?: "1";
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": unknown;
                        "image/png": unknown;
                        "image/jpeg": unknown;
                        "image/gif": unknown;
                        "image/webp": unknown;
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to a run */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListRunEventsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{ref}/reported": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What W&B's client says of a run */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadReportedResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Register an agent */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {number} */
                        protocol: 1;
                        agentId?: string;
                        agentKey: string;
                        incarnation: number;
                        host: string;
                        pid: number;
                        sweepIds: string[];
                        slots: number;
                        /** @default {} */
                        labels?: {
                            [key: string]: string;
                        };
                        version: string;
                    };
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {number} */
                            protocol: 1;
                            agentId: string;
                            deployment: string;
                            leaseMs: number;
                            beatIntervalMs: number;
                            redis: {
                                username: string;
                                password: string;
                            };
                            sweeps: {
                                id: string;
                                name: string;
                                state: string;
                            }[];
                            accepts?: string[];
                        };
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent/last-metric": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When the run whose key is shown last reported a metric through W&B's client */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            lastMetricAt: number | null;
                        };
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List agents */
        get: {
            parameters: {
                query?: {
                    sweep?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListAgentsResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the slots of agents worked when */
        get: {
            parameters: {
                query?: {
                    sweep?: string;
                    since?: number | null;
                    until?: number | null;
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TimelineResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{ref}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let an agent, or all of a host, finish its runs and leave */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["OrderAgentRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderAgentResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{ref}/undrain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a drain or a quarantine back */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["OrderAgentRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderAgentResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{ref}/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep an agent, or all of a host, from work until that is taken back */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["OrderAgentRequest"];
                };
            };
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderAgentResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/resolve/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an id, prefix or name stands for */
        get: {
            parameters: {
                query?: {
                    project?: string;
                };
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ResolveResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changed since a place in the change log */
        get: {
            parameters: {
                query?: {
                    since?: number | null;
                    limit?: number;
                    sweep?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadChangesResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/changes/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as server-sent events */
        get: {
            parameters: {
                query?: {
                    since?: number | null;
                    sweep?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["ChangesMessage"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whose token this is, and what it may do */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Whoami"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tokens */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListTokensResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        put?: never;
        /** Make a token */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CreateTokenRequest"];
                };
            };
            responses: {
                /** @description Done */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CreateTokenResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{ref}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revoke a token */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    ref: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RevokeTokenResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log the page in, with a token or a ticket */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["CreateSessionRequest"];
                };
            };
            responses: {
                /** @description Done */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Whoami"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        /** Log the page out */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EndSessionResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a link that logs a page in, once */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["CreateTicketRequest"];
                };
            };
            responses: {
                /** @description Done */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CreateTicketResponse"];
                    };
                };
                /** @description Refused or failed, in words */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorResponse"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        HealthResponse: {
            /** @enum {string} */
            status: "ok";
            version: string;
        };
        ErrorResponse: {
            error: {
                code: string;
                message: string;
                hint: string | null;
                at?: string;
                details?: {
                    [key: string]: unknown;
                };
            };
        };
        ReadyResponse: {
            /** @enum {string} */
            status: "ok" | "unavailable";
            version: string;
            leader: boolean;
            components: {
                database?: {
                    /** @enum {string} */
                    status: "ok" | "failing";
                    reason: string | null;
                    /** Format: date-time */
                    since: string;
                };
                redis?: {
                    /** @enum {string} */
                    status: "ok" | "failing";
                    reason: string | null;
                    /** Format: date-time */
                    since: string;
                };
                leader?: {
                    /** @enum {string} */
                    status: "ok" | "failing";
                    reason: string | null;
                    /** Format: date-time */
                    since: string;
                };
                ingest?: {
                    /** @enum {string} */
                    status: "ok" | "failing";
                    reason: string | null;
                    /** Format: date-time */
                    since: string;
                };
                disk?: {
                    /** @enum {string} */
                    status: "ok" | "failing";
                    reason: string | null;
                    /** Format: date-time */
                    since: string;
                };
            };
            error?: {
                code: string;
                message: string;
                hint: string | null;
                at?: string;
                details?: {
                    [key: string]: unknown;
                };
            };
        };
        CreateSweepResponse: {
            id: string;
            name: string;
            url: string;
            agentCommand: string;
            sweep: components["schemas"]["Sweep"];
            warnings: components["schemas"]["ConfigProblem"][];
        };
        Sweep: {
            id: string;
            name: string;
            project: string;
            /** @enum {string} */
            state: "running" | "paused" | "finishing" | "finished" | "stopped" | "cancelled" | "failed";
            stateReason: string | null;
            method: string;
            metric: {
                name: string;
                /** @enum {string} */
                goal: "minimize" | "maximize";
                /** @enum {string} */
                summary: "best" | "last" | "min" | "max";
                target: number | null;
            } | null;
            config: string;
            specVersion: number;
            seed: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            startedAt: string | null;
            /** Format: date-time */
            finishedAt: string | null;
            runCap: number | null;
            maxParallel: number | null;
            maxAttempts?: number;
            counts: {
                queued: number;
                running: number;
                finished: number;
                stopped: number;
                failed: number;
                cancelled: number;
                lost: number;
            };
            best: {
                runId: string;
                value: number | ("NaN" | "Infinity" | "-Infinity");
            } | null;
            size: number | null;
            url: string;
            commits?: {
                commit: string | null;
                dirty: boolean;
                diffHash: string | null;
                runs: number;
            }[];
        };
        ConfigProblem: {
            path: string;
            line: number | null;
            column: number | null;
            code: string;
            message: string;
            hint: string;
        };
        CreateSweepRequest: {
            text: string;
            source?: string;
            name?: string;
            project?: string;
            set?: string[];
            seed?: number;
            paused?: boolean;
            priorRuns?: string[];
        };
        ListSweepsResponse: {
            sweeps: components["schemas"]["Sweep"][];
        };
        GetSweepResponse: {
            sweep: components["schemas"]["Sweep"];
            configValues?: {
                [key: string]: unknown;
            } | null;
            advice?: {
                reason: string;
                proposals: number;
            } | null;
            notices?: {
                code: string;
                text: string;
            }[];
        };
        RemoveResponse: {
            removed: {
                /** @enum {string} */
                kind: "sweep" | "run";
                id: string;
                name: string;
                runs: number;
            };
        };
        ChangeSweepResponse: {
            sweep: components["schemas"]["Sweep"];
            changed: boolean;
        };
        ChangeSweepRequest: {
            reason?: string;
        };
        EditSweepResponse: {
            sweep: components["schemas"]["Sweep"];
            changed: boolean;
            changes: {
                path: string;
                from: string | null;
                to: string | null;
            }[];
            notes: string[];
            warnings: components["schemas"]["ConfigProblem"][];
        };
        EditSweepRequest: {
            set?: string[];
            unset?: string[];
            text?: string;
            expectedVersion?: number;
            dryRun?: boolean;
        };
        ExtendSweepRequest: {
            addRuns: number;
            dryRun?: boolean;
        };
        EnqueueResponse: {
            sweep: components["schemas"]["Sweep"];
            enqueued: {
                runId: string | null;
                configText: string;
            }[];
            known: {
                runId: string;
                /** @enum {string} */
                state: "queued" | "preempted" | "running" | "finished" | "failed" | "stopped" | "cancelled" | "lost";
                configText: string;
            }[];
            warnings: components["schemas"]["ConfigProblem"][];
        };
        EnqueueRequest: {
            text: string;
            repeat?: boolean;
            dryRun?: boolean;
        };
        RetryResponse: {
            sweep: components["schemas"]["Sweep"];
            retried: string[];
            notRetried: {
                runId: string;
                /** @enum {string} */
                state: "queued" | "preempted" | "running" | "finished" | "failed" | "stopped" | "cancelled" | "lost";
            }[];
        };
        RetryRequest: {
            where?: string;
            runIds?: string[];
            max?: number;
            dryRun?: boolean;
        };
        ListSpecVersionsResponse: {
            versions: {
                version: number;
                config: string;
                /** Format: date-time */
                createdAt: string;
            }[];
        };
        ListEventsResponse: {
            events: {
                seq: number;
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                entity: "sweep" | "run" | "agent";
                entityId: string;
                sweepId: string | null;
                event: string;
                data: {
                    [key: string]: unknown;
                };
            }[];
        };
        ListOutlinesResponse: {
            sweeps: components["schemas"]["SweepOutline"][];
        };
        SweepOutline: {
            id: string;
            name: string;
            project: string;
            /** @enum {string} */
            state: "running" | "paused" | "finishing" | "finished" | "stopped" | "cancelled" | "failed";
            stateReason: string | null;
            method: string;
            metric: {
                name: string;
                /** @enum {string} */
                goal: "minimize" | "maximize";
                /** @enum {string} */
                summary: "best" | "last" | "min" | "max";
                target: number | null;
            } | null;
            specVersion: number;
            seed: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            startedAt: string | null;
            /** Format: date-time */
            finishedAt: string | null;
            runCap: number | null;
            maxParallel: number | null;
            maxAttempts?: number;
            counts: {
                queued: number;
                running: number;
                finished: number;
                stopped: number;
                failed: number;
                cancelled: number;
                lost: number;
            };
            best: {
                runId: string;
                value: number | ("NaN" | "Infinity" | "-Infinity");
            } | null;
            size: number | null;
            trend: (number | ("NaN" | "Infinity" | "-Infinity"))[];
            /** Format: date-time */
            improvedAt: string | null;
            slotHours: number;
            gpuHours: number | null;
            agents: {
                alive: number;
                slots: number;
                busy: number;
            };
            warnings: {
                /** @enum {string} */
                code: "metric_missing" | "stop_never" | "requires_unmet" | "quarantine" | "failing" | "no_agent";
                text: string;
            }[];
        };
        ValidateSweepResponse: {
            valid: boolean;
            errors: components["schemas"]["ConfigProblem"][];
            warnings: components["schemas"]["ConfigProblem"][];
            name: string | null;
            method: string | null;
            metric: {
                name: string;
                /** @enum {string} */
                goal: "minimize" | "maximize";
            } | null;
            runCap: number | null;
            size: number | null;
            discreteSize: number;
            parameters: {
                name: string;
                distribution: string;
                inferred: boolean;
                size: number | null;
                text: string;
            }[];
            samples: {
                configText: string;
                argv: string[];
            }[];
        };
        ValidateSweepRequest: {
            text: string;
            samples?: number;
            seed?: number;
        };
        ListProjectsResponse: {
            projects: {
                name: string;
                /** Format: date-time */
                createdAt: string;
                sweeps: number;
                running: number;
                runs: number;
                ownRuns: number;
                /** Format: date-time */
                newestAt: string | null;
            }[];
        };
        ListRunsResponse: {
            runs: components["schemas"]["Run"][];
            total: number;
        };
        Run: {
            rank: number | null;
            id: string;
            name: string;
            sweepId: string | null;
            project: string;
            /** @enum {string} */
            state: "queued" | "preempted" | "running" | "finished" | "failed" | "stopped" | "cancelled" | "lost";
            config: {
                [key: string]: unknown;
            };
            configText: string;
            value: number | ("NaN" | "Infinity" | "-Infinity") | null;
            bestStep: number | null;
            summary: {
                [key: string]: {
                    last: number | ("NaN" | "Infinity" | "-Infinity");
                    min: number | ("NaN" | "Infinity" | "-Infinity") | null;
                    max: number | ("NaN" | "Infinity" | "-Infinity") | null;
                    best: number | ("NaN" | "Infinity" | "-Infinity") | null;
                    steps: number;
                };
            };
            attempt: number;
            attempts: components["schemas"]["Attempt"][];
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            startedAt: string | null;
            /** Format: date-time */
            finishedAt: string | null;
            stopReason: string | null;
            suggestedBy: {
                [key: string]: unknown;
            } | null;
            specVersion?: number;
            tags: string[];
            notes: string;
            group: string | null;
            jobType: string | null;
            checks?: components["schemas"]["StopCheck"][];
            alerts?: components["schemas"]["Alert"][];
            values?: {
                [key: string]: unknown;
            };
        };
        Attempt: {
            attempt: number;
            agentId: string;
            host: string;
            pid: number | null;
            /** Format: date-time */
            startedAt: string | null;
            /** Format: date-time */
            endedAt: string | null;
            /** @enum {string|null} */
            outcome: "finished" | "failed" | "stopped" | "cancelled" | "preempted" | "lost" | "recalled" | null;
            exitCode: number | null;
            signal: string | null;
            reason: string | null;
            slot: number | null;
            stderrTail: string | null;
            provenance?: {
                /** @enum {number} */
                version: 1;
                argv: string[];
                cwd: string;
                devices: string | null;
                seed: number;
                environment: {
                    [key: string]: string;
                };
                agentVersion: string;
                host: {
                    name: string;
                    user: string | null;
                    os: {
                        name: string;
                        kernel: string;
                        arch: string;
                    };
                    cpu: {
                        model: string | null;
                        cores: number;
                        physicalCores: number | null;
                    };
                    memoryBytes: number;
                    gpus: {
                        index: number;
                        uuid: string | null;
                        name: string;
                        driver: string | null;
                        memoryBytes: number | null;
                    }[];
                    container: {
                        /** @enum {string} */
                        kind: "docker" | "podman" | "kubernetes" | "apptainer" | "other";
                        image: string | null;
                    } | null;
                } | null;
                git: {
                    root: string;
                    folder: string;
                    commit: string | null;
                    branch: string | null;
                    remote: string | null;
                    dirty: boolean;
                    diff: {
                        sha256: string;
                        bytes: number;
                        cut: boolean;
                        redacted: boolean;
                        lossy: boolean;
                    } | null;
                    untracked: {
                        count: number;
                        names: string[];
                        cut: boolean;
                    } | null;
                } | null;
                python: {
                    executable: string;
                    version: string;
                    implementation: string;
                    packages: {
                        sha256: string;
                        bytes: number;
                        cut: boolean;
                        count: number;
                    } | null;
                } | null;
            } | null;
        };
        StopCheck: {
            band: number;
            value: number | ("NaN" | "Infinity" | "-Infinity") | null;
            threshold: number | ("NaN" | "Infinity" | "-Infinity") | null;
            rank: number;
            of: number;
            /** @enum {string} */
            outcome: "kept" | "stopped" | "control" | "unjudged";
            reason: string;
            /** Format: date-time */
            at: string;
        };
        Alert: {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            level: "info" | "warn" | "error";
            title: string;
            text: string;
        };
        BestRunsResponse: {
            sweep: {
                id: string;
                name: string;
                metric: {
                    name: string;
                    /** @enum {string} */
                    goal: "minimize" | "maximize";
                } | null;
            };
            runs: components["schemas"]["Run"][];
            notCounted: {
                [key: string]: number;
            };
        };
        StopsResponse: {
            sweep: {
                id: string;
                name: string;
            };
            rule: {
                [key: string]: unknown;
            };
            bands: {
                band: number;
                reached: number;
                stopped: number;
                controls: number;
                savedReports: number | null;
                savedHours: number | null;
                rankCorrelation: number | null;
                finishedCount: number;
                threshold?: number | ("NaN" | "Infinity" | "-Infinity") | null;
                bins?: {
                    from: number;
                    to: number;
                    kept: string[];
                    stopped: string[];
                    controls: string[];
                }[];
            }[];
            winner?: {
                runId: string;
                checks: {
                    band: number;
                    value: number | ("NaN" | "Infinity" | "-Infinity") | null;
                    threshold: number | ("NaN" | "Infinity" | "-Infinity") | null;
                    rank: number;
                    of: number;
                    isCut: boolean;
                }[];
            } | null;
            stopped: number;
            savedReports: number | null;
            savedHours: number | null;
            fullReports: number | null;
            controls: {
                runId: string;
                band: number;
                value: number | ("NaN" | "Infinity" | "-Infinity") | null;
                threshold: number | ("NaN" | "Infinity" | "-Infinity") | null;
                rank: number | null;
                amongBest: boolean;
            }[];
            wasAmongBest: boolean;
            ranked: number;
        };
        OutlookResponse: {
            sweep: {
                id: string;
                name: string;
                metric: {
                    name: string;
                    /** @enum {string} */
                    goal: "minimize" | "maximize";
                    /** @enum {string} */
                    summary: "best" | "last" | "min" | "max";
                    target: number | null;
                } | null;
            };
            seq: number;
            /** Format: date-time */
            at: string;
            runsLeft: number | null;
            runsInAll: number | null;
            runsPerHour: number | null;
            medianRunMs: number | null;
            eta: {
                lowMs: number;
                medianMs: number;
                highMs: number;
            } | null;
            etaReason: string | null;
            agents: {
                alive: number;
                total: number;
            };
            slots: {
                alive: number;
                busy: number;
            };
            hours: {
                spent: number;
                toGo: number | null;
                /** @enum {string} */
                unit: "gpu" | "slot";
            };
            best: {
                runId: string;
                name: string;
                value: number | ("NaN" | "Infinity" | "-Infinity");
                /** Format: date-time */
                at: string;
                runsSince: number;
                isImproving: boolean;
            } | null;
            noise: {
                sd: number;
                groups: number;
                runs: number;
                /** @enum {string} */
                basis: "seed" | "repeat";
                difference: number;
                equal: string[];
                equalCount: number;
                text: string;
            } | null;
            noiseReason: string | null;
            chance: {
                probability: number | null;
                reason: string | null;
                runs: number;
                threshold: number | null;
                record: {
                    forecasts: number;
                    expected: number;
                    observed: number;
                    brier: number;
                    isCalibrated: boolean;
                } | null;
            };
            next: {
                parameter: string;
                /** @enum {string} */
                kind: "widen-down" | "widen-up" | "extend-list" | "keep-value";
                text: string;
            }[];
        };
        ImportanceResponse: {
            sweep: {
                id: string;
                name: string;
                metric: {
                    name: string;
                    /** @enum {string} */
                    goal: "minimize" | "maximize";
                    /** @enum {string} */
                    summary: "best" | "last" | "min" | "max";
                    target: number | null;
                } | null;
            };
            seq: number;
            metric: string | null;
            runs: {
                counted: number;
                sampled: number;
                stopped: number;
                nan: number;
                noMetric: number;
                failed: number;
            };
            needed: number;
            reason: string | null;
            r2: number | null;
            parameters: {
                name: string;
                /** @enum {string} */
                kind: "number" | "category";
                /** @enum {string} */
                scale: "linear" | "log" | "category";
                distinct: number;
                runs: number;
                importance: number | null;
                low: number | null;
                high: number | null;
                isAboveChance: boolean | null;
                correlation: number | null;
                isConditional: boolean;
            }[];
        };
        SurfaceResponse: {
            sweep: {
                id: string;
                name: string;
                metric: {
                    name: string;
                    /** @enum {string} */
                    goal: "minimize" | "maximize";
                    /** @enum {string} */
                    summary: "best" | "last" | "min" | "max";
                    target: number | null;
                } | null;
            };
            seq: number;
            x: {
                name: string;
                /** @enum {string} */
                kind: "number" | "category";
                /** @enum {string} */
                scale: "linear" | "log" | "category";
                values: unknown[];
            } | null;
            y: {
                name: string;
                /** @enum {string} */
                kind: "number" | "category";
                /** @enum {string} */
                scale: "linear" | "log" | "category";
                values: unknown[];
            } | null;
            mean: (number | null)[][];
            isWithinReach: boolean[][];
            runs: number;
            needed: number;
            reason: string | null;
        };
        CurvesResponse: {
            sweep: {
                id: string;
                name: string;
                metric: {
                    name: string;
                    /** @enum {string} */
                    goal: "minimize" | "maximize";
                    /** @enum {string} */
                    summary: "best" | "last" | "min" | "max";
                    target: number | null;
                } | null;
            };
            seq: number;
            metric: string | null;
            /** @enum {string} */
            x: "step" | "time";
            runs: {
                runId: string;
                name: string;
                state: string;
                rank: number | null;
                x: number[];
                mean: (number | null)[];
                min: (number | null)[];
                max: (number | null)[];
                isWhole: boolean;
                nonFinite: number;
            }[];
            band: {
                x: number[];
                low: (number | null)[];
                middle: (number | null)[];
                high: (number | null)[];
                runs: number;
                of: number;
            } | null;
        };
        SweepSnapshot: {
            /** @enum {string} */
            schema: "sweep.snapshot/1";
            seq: number;
            sweep: components["schemas"]["LiveSweep"];
            count: number;
            columns: {
                id: string[];
                name: string[];
                state: ("queued" | "preempted" | "running" | "finished" | "failed" | "stopped" | "cancelled" | "lost")[];
                value: (number | ("NaN" | "Infinity" | "-Infinity") | null)[];
                bestStep: (number | null)[];
                attempt: number[];
                createdAtMs: number[];
                startedAtMs: (number | null)[];
                finishedAtMs: (number | null)[];
                host: (string | null)[];
                agentId: (string | null)[];
                stopReason: (string | null)[];
                tags: string[][];
                notes: string[];
                group: (string | null)[];
                jobType: (string | null)[];
                rank: (number | null)[];
            };
            params: {
                name: string;
                /** @enum {string} */
                kind: "int" | "float" | "mixed" | "other";
                floatRows?: number[];
                log?: boolean;
                values: unknown[];
            }[];
            metrics: {
                name: string;
                last?: (number | ("NaN" | "Infinity" | "-Infinity") | null)[];
                min?: (number | ("NaN" | "Infinity" | "-Infinity") | null)[];
                max?: (number | ("NaN" | "Infinity" | "-Infinity") | null)[];
                best?: (number | ("NaN" | "Infinity" | "-Infinity") | null)[];
            }[];
        };
        LiveSweep: {
            id: string;
            name: string;
            project: string;
            /** @enum {string} */
            state: "running" | "paused" | "finishing" | "finished" | "stopped" | "cancelled" | "failed";
            stateReason: string | null;
            method: string;
            metric: {
                name: string;
                /** @enum {string} */
                goal: "minimize" | "maximize";
                /** @enum {string} */
                summary: "best" | "last" | "min" | "max";
                target: number | null;
            } | null;
            config: string;
            specVersion: number;
            seed: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            startedAt: string | null;
            /** Format: date-time */
            finishedAt: string | null;
            runCap: number | null;
            maxParallel: number | null;
            maxAttempts?: number;
            counts: {
                queued: number;
                running: number;
                finished: number;
                stopped: number;
                failed: number;
                cancelled: number;
                lost: number;
            };
            best: {
                runId: string;
                value: number | ("NaN" | "Infinity" | "-Infinity");
            } | null;
            size: number | null;
            commits?: {
                commit: string | null;
                dirty: boolean;
                diffHash: string | null;
                runs: number;
            }[];
        };
        GetRunResponse: {
            run: components["schemas"]["Run"];
        };
        CreateRunRequest: {
            project: string;
            name?: string;
            config?: {
                [key: string]: unknown;
            };
            group?: string;
            jobType?: string;
            tags?: string[];
            notes?: string;
        };
        EditRunRequest: {
            name?: string;
            tags?: string[];
            addTags?: string[];
            removeTags?: string[];
            notes?: string;
        };
        ReadLogsResponse: {
            chunks: {
                attempt: number;
                seq: number;
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                stream: "stdout" | "stderr" | "notice";
                text: string;
            }[];
            next: string | null;
            first?: string | null;
        };
        ReadMetricsResponse: {
            rows: {
                attempt: number;
                step: number;
                /** Format: date-time */
                time: string;
                metrics: {
                    [key: string]: number | ("NaN" | "Infinity" | "-Infinity");
                };
            }[];
        };
        ReadProvenanceResponse: {
            runId: string;
            attempt: number;
            provenance: {
                /** @enum {number} */
                version: 1;
                argv: string[];
                cwd: string;
                devices: string | null;
                seed: number;
                environment: {
                    [key: string]: string;
                };
                agentVersion: string;
                host: {
                    name: string;
                    user: string | null;
                    os: {
                        name: string;
                        kernel: string;
                        arch: string;
                    };
                    cpu: {
                        model: string | null;
                        cores: number;
                        physicalCores: number | null;
                    };
                    memoryBytes: number;
                    gpus: {
                        index: number;
                        uuid: string | null;
                        name: string;
                        driver: string | null;
                        memoryBytes: number | null;
                    }[];
                    container: {
                        /** @enum {string} */
                        kind: "docker" | "podman" | "kubernetes" | "apptainer" | "other";
                        image: string | null;
                    } | null;
                } | null;
                git: {
                    root: string;
                    folder: string;
                    commit: string | null;
                    branch: string | null;
                    remote: string | null;
                    dirty: boolean;
                    diff: {
                        sha256: string;
                        bytes: number;
                        cut: boolean;
                        redacted: boolean;
                        lossy: boolean;
                    } | null;
                    untracked: {
                        count: number;
                        names: string[];
                        cut: boolean;
                    } | null;
                } | null;
                python: {
                    executable: string;
                    version: string;
                    implementation: string;
                    packages: {
                        sha256: string;
                        bytes: number;
                        cut: boolean;
                        count: number;
                    } | null;
                } | null;
            } | null;
            diff: string | null;
            packages: string[] | null;
        };
        ReadSystemResponse: {
            samples: {
                attempt: number;
                /** Format: date-time */
                time: string;
                values: {
                    [key: string]: number | null;
                };
            }[];
        };
        ChangeRunResponse: {
            run: components["schemas"]["Run"];
            changed: boolean;
        };
        ChangeRunRequest: {
            reason?: string;
        };
        ReadCurvesResponse: {
            runId: string;
            curves: components["schemas"]["Curve"][];
            resumes: {
                attempt: number;
                step: number;
            }[];
        };
        Curve: {
            key: string;
            points: number;
            whole: boolean;
            step: number[];
            atMs: number[];
            mean: (number | null)[];
            min?: (number | null)[];
            max?: (number | null)[];
            nonFinite: number;
        };
        ReadMediaResponse: {
            media: {
                key: string;
                count: number;
                items: {
                    step: number;
                    /** Format: date-time */
                    time: string;
                    value: {
                        [key: string]: unknown;
                    };
                }[];
            }[];
        };
        ListFilesResponse: {
            files: components["schemas"]["StoredFile"][];
            total: number;
            next: string | null;
        };
        StoredFile: {
            name: string;
            sizeBytes: number;
            mimeType: string;
            /** Format: date-time */
            updatedAt: string | null;
        };
        ListRunArtifactsResponse: {
            inputs: components["schemas"]["RunArtifact"][];
            outputs: components["schemas"]["RunArtifact"][];
        };
        RunArtifact: {
            id: string;
            name: string;
            project: string;
            type: string;
            /** @enum {string} */
            state: "pending" | "committed";
            aliases: string[];
            description: string | null;
            sizeBytes: number;
            fileCount: number;
            /** Format: date-time */
            at: string;
        };
        ListRunEventsResponse: {
            events: {
                seq: number;
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                entity: "sweep" | "run" | "agent";
                entityId: string;
                sweepId: string | null;
                event: string;
                data: {
                    [key: string]: unknown;
                };
            }[];
        };
        ReadReportedResponse: {
            client: {
                entity: string;
                name: string;
                program: string | null;
                commit: string | null;
                repo: string | null;
                host: string | null;
                /** Format: date-time */
                heardAt: string;
                summary: {
                    [key: string]: unknown;
                };
            } | null;
        };
        ListAgentsResponse: {
            agents: components["schemas"]["Agent"][];
        };
        Agent: {
            id: string;
            host: string;
            /** @enum {string} */
            state: "alive" | "draining" | "left" | "lost";
            slots: number;
            busy: number;
            sweepIds: string[];
            labels: {
                [key: string]: string;
            };
            /** Format: date-time */
            lastSeenAt: string;
            silentMs: number;
            suspect: boolean;
            runs: {
                finished: number;
                failed: number;
            };
            now: string[];
            version?: string;
            drained?: boolean;
            quarantine?: {
                /** @enum {string} */
                by: "rule" | "person";
                /** Format: date-time */
                at: string;
                reason: string;
            } | null;
            lastError?: {
                runId: string;
                /** Format: date-time */
                at: string | null;
                text: string;
            } | null;
            utilization?: {
                gpuPercent: number | null;
                cpuPercent: number | null;
            };
        };
        TimelineResponse: {
            sinceMs: number;
            untilMs: number;
            nowMs: number;
            agents: {
                id: string;
                host: string;
                slots: number;
                /** @enum {string} */
                state: "alive" | "draining" | "left" | "lost";
                lastSeenMs: number;
            }[];
            sweeps: {
                id: string;
                name: string;
            }[];
            spans: {
                agent: number[];
                slot: (number | null)[];
                runId: string[];
                runName: string[];
                attempt: number[];
                sweep: (number | null)[];
                startMs: number[];
                endMs: (number | null)[];
                outcome: ("finished" | "failed" | "stopped" | "cancelled" | "preempted" | "lost" | "recalled" | null)[];
            };
            cut: boolean;
        };
        OrderAgentResponse: {
            agents: components["schemas"]["Agent"][];
            changed: boolean;
        };
        OrderAgentRequest: {
            reason?: string;
        };
        ResolveResponse: {
            /** @enum {string} */
            kind: "sweep" | "run";
            id: string;
            name: string;
        };
        ReadChangesResponse: {
            changes: {
                seq: number;
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                entity: "sweep" | "run" | "agent";
                entityId: string;
                sweepId: string | null;
                event: string;
                data: {
                    [key: string]: unknown;
                };
            }[];
            next: number;
            reset: boolean;
        };
        ChangesMessage: {
            seq: number;
            runs: components["schemas"]["LiveRun"][];
            sweeps: components["schemas"]["LiveSweep"][];
            agents: components["schemas"]["LiveAgent"][];
            events: {
                seq: number;
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                entity: "sweep" | "run" | "agent";
                entityId: string;
                sweepId: string | null;
                event: string;
                data: {
                    [key: string]: unknown;
                };
            }[];
        };
        LiveRun: {
            sweepId?: string;
            project: string;
            id: string;
            name: string;
            /** @enum {string} */
            state: "queued" | "preempted" | "running" | "finished" | "failed" | "stopped" | "cancelled" | "lost";
            value?: number | ("NaN" | "Infinity" | "-Infinity");
            bestStep?: number;
            attempt: number;
            createdAtMs: number;
            startedAtMs?: number;
            finishedAtMs?: number;
            host?: string;
            agentId?: string;
            stopReason?: string;
            tags: string[];
            notes: string;
            group?: string;
            jobType?: string;
            params: {
                [key: string]: unknown;
            };
            metrics: {
                [key: string]: {
                    last?: number | ("NaN" | "Infinity" | "-Infinity");
                    min?: number | ("NaN" | "Infinity" | "-Infinity");
                    max?: number | ("NaN" | "Infinity" | "-Infinity");
                    best?: number | ("NaN" | "Infinity" | "-Infinity");
                };
            };
        };
        LiveAgent: {
            id: string;
            host: string;
            /** @enum {string} */
            state: "alive" | "draining" | "left" | "lost";
            slots: number;
            sweepIds: string[];
            labels: {
                [key: string]: string;
            };
            drain: boolean;
            version: string;
        };
        Whoami: {
            name: string;
            role: components["schemas"]["Role"];
            tokenId: string | null;
            /** Format: date-time */
            expiresAt: string | null;
        };
        /** @enum {string} */
        Role: "viewer" | "agent" | "admin";
        ListTokensResponse: {
            tokens: components["schemas"]["Token"][];
        };
        Token: {
            id: string;
            name: string;
            role: components["schemas"]["Role"];
            /** @enum {string} */
            state: "good" | "expired" | "revoked";
            createdBy: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
            /** Format: date-time */
            revokedAt: string | null;
            /** Format: date-time */
            lastUsedAt: string | null;
        };
        CreateTokenResponse: {
            token: components["schemas"]["Token"];
            secret: string;
        };
        CreateTokenRequest: {
            role: components["schemas"]["Role"];
            ttlSeconds: number;
            name?: string;
        };
        RevokeTokenResponse: {
            token: components["schemas"]["Token"];
            changed: boolean;
        };
        CreateSessionRequest: {
            token?: string;
            ticket?: string;
        };
        EndSessionResponse: {
            ended: boolean;
        };
        CreateTicketResponse: {
            ticket: string;
            url: string;
            /** Format: date-time */
            expiresAt: string;
        };
        CreateTicketRequest: {
            /** @default / */
            path: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
