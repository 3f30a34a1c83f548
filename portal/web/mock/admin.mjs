// Rules, explain, reports: for administrators.
export const routes = [];
